import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import type { CliContext, Invocation } from '#mesh/cli/context.ts';
import { type App, appsNamed } from '#mesh/cli/lifecycle/apps.ts';
import { Progress } from '#mesh/cli/lifecycle/progress.ts';
import { firstLine } from '#mesh/cli/lifecycle/shell-settings.ts';
import { aborted, bareHint, firstAnswers, startMesh, type UpFlags } from '#mesh/cli/lifecycle/start-mesh.ts';
import { formatOverview } from '#mesh/cli/lifecycle/status.ts';
import { printDiagnostics } from '#mesh/cli/output/output.ts';
import { readFiles } from '#mesh/cli/read-files.ts';
import { CommandFailure } from '#mesh/cli/usage-error.ts';
import { hasErrors } from '#mesh/diagnostic.ts';
import type { SourceFile } from '#mesh/istiod/config/load/document.ts';
import { projectRoot } from '#mesh/project-root.ts';
import type { Overview } from '#mesh/run/api.ts';
import type { Client } from '#mesh/run/client.ts';
import { setup as setUpPrograms } from '#mesh/run/setup.ts';

/** `mesh up`: resolves when every pod is ready and the first answer is shown. */
export async function up({ context, operands, options }: Invocation<UpFlags>): Promise<number> {
  const { filename: named, recursive = false, bare = false } = options;
  if (named && operands.length > 0) {
    throw new CommandFailure(`error: give either apps (${operands.join(' ')}) or files (-f)`);
  }
  const apps = appsNamed(operands);
  const filename = named ?? defaultManifests({ apps, bare, cwd: context.cwd });
  let stops = true;
  const signal = interruption(context, () => (stops ? 'stopping everything' : 'the mesh runs on'));
  const orAborted = <T>(task: Promise<T>) => Promise.race([task, aborted(signal)]);
  const files = await orAborted(readFiles(context, { filename, recursive }));
  const running = await orAborted(context.findRunner());
  stops = !running || (options.foreground ?? false);
  const { client, stop } = running
    ? { client: running, stop: running.shutdown }
    : await startMesh(context, { files, options, signal });
  try {
    if (running) await orAborted(applyToRunning(context, running, files));
    await orAborted(showResult(context, client, { apps, bare }));
    await orAborted(provideKubectl(context, signal));
  } catch (error) {
    if (stops && signal.aborted) await stop();
    throw error;
  }
  if (options.foreground) await stayInForeground(context, client, signal);
  return 0;
}

/** Ctrl-C, with an immediate word on what it will do. */
function interruption(context: CliContext, consequence: () => string): AbortSignal {
  const controller = new AbortController();
  void context.interrupted().then(() => {
    context.stderr.write(`\ninterrupted: ${consequence()}\n`);
    controller.abort(new CommandFailure('', { exitCode: 130 }));
  });
  return controller.signal;
}

/** Fetches a kubectl for the first `make shell`. The mesh runs without it. */
async function provideKubectl(context: CliContext, signal: AbortSignal): Promise<void> {
  const progress = new Progress(context);
  try {
    const note = firstLine((text) => progress.note(text));
    await context.provideKubectl(note, signal);
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    context.stderr.write(`${error.message.replace(/^error/, 'warning')}\n`);
  }
}

async function applyToRunning(
  context: CliContext,
  client: Client,
  files: readonly SourceFile[],
): Promise<void> {
  context.stdout.write('The mesh is already running; applying the files.\n');
  const { results, diagnostics } = await client.apply({ files, namespace: 'default' });
  printDiagnostics(context, diagnostics);
  if (hasErrors(diagnostics)) throw new CommandFailure('error: nothing was changed');
  const changed = results.filter(({ action }) => action !== 'unchanged');
  // If two of the files have the same object, it is named once.
  const lines = new Set(changed.map(({ resource, action }) => `${resource} ${action}\n`));
  for (const line of lines) context.stdout.write(line);
  if (changed.length === 0) context.stdout.write('Nothing to change.\n');
  const progress = new Progress(context);
  for await (const event of client.events()) progress.show(event);
}

interface Shown {
  readonly apps: readonly App[];
  readonly bare: boolean;
}

async function showResult(context: CliContext, client: Client, { apps, bare }: Shown): Promise<void> {
  const overview = await client.overview();
  const questions = apps.map(({ first }) => first);
  const next =
    bare || !overview.gatewayUrl ? bareHint(apps) : await firstAnswers(context, overview, questions);
  const moved = await movedGateway(context, overview);
  context.stdout.write(`\n${formatOverview(overview)}\n${moved}${next}`);
}

async function stayInForeground(context: CliContext, client: Client, signal: AbortSignal): Promise<void> {
  context.stdout.write('\nCtrl-C stops the mesh.\n\n');
  await Promise.race([followLogs(context, client), aborted(signal).catch(() => undefined)]);
  if (!signal.aborted) context.stdout.write('\nStopping the mesh.\n');
  await client.shutdown();
  const { takeBack } = await import('#mesh/cli/kubeconfig/merge.ts');
  await takeBack(context);
}

const usual = 8080;

/** A line that says why the gateway is not at its usual port; empty if it is. */
async function movedGateway(
  { env, portHolder }: CliContext,
  { pods, gatewayUrl }: Overview,
): Promise<string> {
  const wanted = Number(env['GATEWAY_PORT'] || usual);
  const gateway = pods.find(
    ({ name, namespace }) => namespace === 'istio-system' && /^istio-ingressgateway-/.test(name),
  );
  const port = gatewayUrl === undefined ? gateway?.ports[80] : Number(new URL(gatewayUrl).port || 80);
  if (port === undefined || port === wanted) return '';
  const holder = await portHolder(wanted);
  const by = holder === undefined ? '' : ` by ${holder}`;
  return `Port ${wanted} was taken${by}, so the gateway is at ${port}; GATEWAY_PORT chooses another.\n\n`;
}

interface DefaultManifestsOptions {
  readonly apps: readonly App[];
  /** Only the services. */
  readonly bare: boolean;
  readonly cwd: string;
}

/** What `mesh up` deploys when no file is named. */
export function defaultManifests({ apps, bare, cwd }: DefaultManifestsOptions): readonly string[] {
  const files = apps.flatMap(({ services, start }) => (bare ? services : [...services, ...start]));
  return files.map((file) => join(relative(cwd, projectRoot), file));
}

/** Copies every pod's log from now on, each line after the pod's name, until the logs end. */
async function followLogs(context: CliContext, client: Client): Promise<void> {
  const { pods } = await client.overview();
  const width = Math.max(0, ...pods.map(({ name }) => name.length));
  const copies = pods.map(async ({ name, namespace }) => {
    const input = await client.logs({ name, namespace, follow: true, tail: 0 });
    for await (const line of createInterface({ input }))
      context.stdout.write(`${name.padEnd(width)} | ${line}\n`);
  });
  await Promise.all(copies);
}

export interface SetupFlags {
  readonly quiet?: boolean;
}

/** `mesh setup`: finds or fetches an Envoy and a kubectl, with progress. */
export async function setup({ context, options }: Invocation<SetupFlags>): Promise<number> {
  return setUpPrograms({ env: context.env, out: context.stdout, quiet: options.quiet ?? false });
}
