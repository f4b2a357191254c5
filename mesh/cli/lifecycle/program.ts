import { type Command, Option } from 'commander';
import { action, type Session } from '#mesh/cli/context.ts';
import { addKubeconfig } from '#mesh/cli/kubeconfig/kubeconfig-command.ts';
import type { AnalyzeFlags } from '#mesh/cli/lifecycle/analyze.ts';
import type { UpFlags } from '#mesh/cli/lifecycle/start-mesh.ts';
import type { StatusFlags } from '#mesh/cli/lifecycle/status.ts';
import type { SetupFlags } from '#mesh/cli/lifecycle/up.ts';
import { addMetrics } from '#mesh/cli/metrics/metrics-command.ts';
import { addImport, addOwnPrograms } from '#mesh/cli/own-programs/commands.ts';
import { addDiff, addTest } from '#mesh/cli/policy-tests/test-command.ts';
import { addTraces } from '#mesh/cli/traces/traces-command.ts';
import { collect, flagValue, wholeNumber, withFiles, withNamespace } from '#mesh/cli/usage-error.ts';

/** `mesh`: the commands that no Kubernetes tool has. */
export function defineMesh(program: Command, session: Session): Command {
  program.description('the laptop mesh: a small Kubernetes with Istio, on local processes and real Envoys');
  program.commandsGroup('The mesh:');
  addUp(program, session);
  addSimple(program, session);
  addShell(program, session);
  addKubeconfig(program, session);
  addOwnPrograms(program, session);
  addImport(program, session);
  program.commandsGroup('Its traffic:');
  addExplain(program, session);
  addTraces(program, session);
  addMetrics(program, session);
  addAnalyze(program, session);
  addTest(program, session);
  addDiff(program, session);
  program.addHelpText(
    'after',
    '\nFor everything else, use kubectl, istioctl and helm: see `mesh shell` and `mesh kubeconfig`.',
  );
  return program;
}

const tracesToHelp = [
  'where spans go: the URL of a Zipkin, or of a Jaeger with its Zipkin port; `embedded`; or `none`. Default:',
  'ZIPKIN_URL, else a server that takes spans at 127.0.0.1:9411, else the embedded collector (at TRACES_PORT)',
].join(' ');

function addUp(program: Command, session: Session): void {
  program
    .command('up')
    .argument('[app...]', 'chain (the default), bookinfo, httpbin, tcp-echo, userapi or all')
    .description('start the mesh and leave it running; if one runs already, apply the files to it')
    .option('-f, --filename <file|dir...>', 'manifests instead of an app')
    .option('-R, --recursive', 'with -f: also read the folders below')
    .option('--bare', 'only the services, without any Istio resource, where the walkthrough begins')
    .option('--foreground', 'stay in the foreground, show the logs, and stop the mesh at Ctrl-C')
    .option('--live', 'use the real outside hosts instead of local stand-ins')
    .option(
      '--images <file>',
      "your own table of which program runs in which image's place (default: MESH_IMAGES)",
    )
    .option('--no-stand-ins', 'refuse images without a program here, rather than run a stand-in')
    .addOption(
      new Option(
        '--containers [engine]',
        'run images that no program here plays by Docker or Podman, whichever is there',
      ).choices(['docker', 'podman']),
    )
    .addOption(
      new Option('--outbound-policy <mode>', 'what happens to requests for hosts that no manifest declares')
        .choices(['REGISTRY_ONLY', 'ALLOW_ANY'])
        .default('REGISTRY_ONLY'),
    )
    .option('--traces-to <url>', tracesToHelp, flagValue)
    .option('--seed <number>', 'make random faults repeatable', wholeNumber)
    .action(action<UpFlags>(session, async (call) => (await import('#mesh/cli/lifecycle/up.ts')).up(call)));
}

function addSimple(program: Command, session: Session): void {
  program
    .command('down')
    .description('stop the mesh')
    .action(action(session, async (call) => (await import('#mesh/cli/lifecycle/status.ts')).down(call)));
  program
    .command('status')
    .description('show pods, ports and URLs')
    .addOption(asJson())
    .action(
      action<StatusFlags>(session, async (call) =>
        (await import('#mesh/cli/lifecycle/status.ts')).status(call),
      ),
    );
  program
    .command('console')
    .description('the address of the mesh as a page; its key is good until `mesh down`')
    .action(
      action(session, async (call) => (await import('#mesh/cli/lifecycle/status.ts')).consoleAddress(call)),
    );
  program
    .command('setup')
    .description('find or fetch the programs that the mesh needs: Envoy and kubectl')
    .option('--quiet', 'say nothing about programs that are already there')
    .action(
      action<SetupFlags>(session, async (call) => (await import('#mesh/cli/lifecycle/up.ts')).setup(call)),
    );
  program
    .command('version')
    .description('show the version of this laptop mesh and of its Envoy')
    .action(action(session, async (call) => (await import('#mesh/cli/lifecycle/status.ts')).version(call)));
}

function addShell(program: Command, session: Session): void {
  program
    .command('shell')
    .description(
      'open a shell in which kubectl, istioctl and helm talk to this mesh, and GATEWAY_URL is its gateway',
    )
    .option('-c <command>', 'run this command line instead of an interactive shell')
    .option('--env', 'print what the shell would set, for eval "$(mesh shell --env)" in your own shell')
    .action(action(session, async (call) => (await import('#mesh/cli/lifecycle/shell.ts')).shell(call)));
}

function addAnalyze(program: Command, session: Session): void {
  withFiles(withNamespace(program.command('analyze [files...]')))
    .description(
      'find mistakes in everything that runs, or in files as if they were applied to it; if no mesh runs, only in the files',
    )
    .option('--alone', 'look only at the files, whatever runs')
    .addOption(asJson())
    .action(
      action<AnalyzeFlags>(session, async (call) =>
        (await import('#mesh/cli/lifecycle/analyze.ts')).analyze(call),
      ),
    );
}

function asJson(): Option {
  return new Option('-o, --output <format>', 'print it for programs').choices(['json']);
}

/** `mesh explain`. */
function addExplain(parent: Command, session: Session): void {
  withNamespace(parent.command('explain <words...>'))
    .description('say where a request would go, and which rule of which object decides: [METHOD] URL')
    .option('-H, --header <header>', "a header of the request, as in 'x-dev-user: super-secret'", collect)
    .option('--from <pod>', 'the caller: gateway, gateway/NAME, a pod, or the start of its name', flagValue)
    .option('-o, --output <format>', 'json', flagValue)
    .action(action(session, async (call) => (await import('#mesh/cli/lifecycle/explain.ts')).explain(call)));
}
