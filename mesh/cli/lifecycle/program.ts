import { type Command, Option } from 'commander';
import { flagValue, wholeNumber, withNamespace } from '#mesh/cli/flags.ts';
import { addIstioctlCommands } from '#mesh/cli/istioctl/commands.ts';
import { addKubectlCommands } from '#mesh/cli/kubectl/commands.ts';
import { addExplain } from '#mesh/cli/lifecycle/explain-command.ts';
import type { SetupFlags } from '#mesh/cli/lifecycle/setup.ts';
import type { UpFlags } from '#mesh/cli/lifecycle/up.ts';
import { addMetrics } from '#mesh/cli/metrics/metrics-command.ts';
import { action, type Session } from '#mesh/cli/session.ts';
import { addTraces } from '#mesh/cli/traces/traces-command.ts';

/** `mesh`: its own commands, then kubectl's and istioctl's. */
export function defineMesh(program: Command, session: Session): Command {
  withNamespace(program).description(
    'the laptop mesh: Kubernetes and Istio manifests on real Envoys, without a cluster',
  );
  program.commandsGroup('The mesh:');
  addUp(program, session);
  addSimple(program, session);
  addShell(program, session);
  program.commandsGroup('Traffic, as istioctl:');
  addExplain(program, session);
  addTraces(program, session);
  addMetrics(program, session);
  addIstioctlCommands(program, session);
  program.commandsGroup('Objects, as kubectl:');
  addKubectlCommands(program, session);
  return program;
}

const tracesToHelp = [
  'where spans go: the URL of a Zipkin, or of a Jaeger with its Zipkin port; `embedded`, or `none`. Unless given:',
  'ZIPKIN_URL, else what takes spans at 127.0.0.1:9411, else the embedded collector (TRACES_PORT: its port)',
].join(' ');

function addUp(program: Command, session: Session): void {
  program
    .command('up')
    .argument('[app...]', 'chain (unless said otherwise), bookinfo, httpbin, tcp-echo, userapi or all')
    .description('start the mesh and leave it running; with a running one, apply the files')
    .option('-f, --filename <file|dir...>', 'manifests instead of an app')
    .option('--bare', 'only the services, without any Istio resource: where the walkthrough begins')
    .option('--foreground', 'stay, show the logs, and stop the mesh at Ctrl-C')
    .option('--live', 'use the real outside hosts instead of local stand-ins')
    .addOption(
      new Option('--outbound-policy <mode>', 'what happens to hosts that nobody declares')
        .choices(['REGISTRY_ONLY', 'ALLOW_ANY'])
        .default('REGISTRY_ONLY'),
    )
    .option('--traces-to <url>', tracesToHelp, flagValue)
    .option('--seed <number>', 'makes random faults repeatable', wholeNumber)
    .action(action<UpFlags>(session, async (call) => (await import('#mesh/cli/lifecycle/up.ts')).up(call)));
}

function addSimple(program: Command, session: Session): void {
  program
    .command('down')
    .description('stop the mesh')
    .action(action(session, async (call) => (await import('#mesh/cli/lifecycle/down.ts')).down(call)));
  program
    .command('status')
    .description('pods, ports and URLs')
    .action(action(session, async (call) => (await import('#mesh/cli/lifecycle/status.ts')).status(call)));
  program
    .command('setup')
    .description('make sure that there is an Envoy')
    .option('--quiet', 'say nothing when there is one')
    .action(
      action<SetupFlags>(session, async (call) => (await import('#mesh/cli/lifecycle/setup.ts')).setup(call)),
    );
  program
    .command('version')
    .description('the version of this laptop mesh and of its Envoy')
    .action(action(session, async (call) => (await import('#mesh/cli/lifecycle/version.ts')).version(call)));
}

function addShell(program: Command, session: Session): void {
  program
    .command('shell')
    .description('a shell with kubectl, istioctl and GATEWAY_URL for this mesh')
    .option('-c <command>', 'run this command line instead')
    .action(action(session, async (call) => (await import('#mesh/cli/lifecycle/shell.ts')).shell(call)));
}
