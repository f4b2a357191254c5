import { CommandFailure } from '#mesh/cli/command-failure.ts';
import type { CliContext } from '#mesh/cli/context.ts';
import { readFiles } from '#mesh/cli/kubectl/read-files.ts';
import { type App, appsNamed } from '#mesh/cli/lifecycle/apps.ts';
import { defaultManifests } from '#mesh/cli/lifecycle/default-manifests.ts';
import { bareHint, firstAnswers } from '#mesh/cli/lifecycle/first-answer.ts';
import { followLogs } from '#mesh/cli/lifecycle/follow-logs.ts';
import { formatOverview } from '#mesh/cli/lifecycle/overview.ts';
import { Progress } from '#mesh/cli/lifecycle/progress.ts';
import { startMesh } from '#mesh/cli/lifecycle/start-mesh.ts';
import { printDiagnostics } from '#mesh/cli/output/diagnostics.ts';
import type { Invocation } from '#mesh/cli/session.ts';
import { hasErrors } from '#mesh/diagnostic.ts';
import type { SourceFile } from '#mesh/load/source-file.ts';
import type { Client } from '#mesh/run/client.ts';

export interface UpFlags {
  readonly filename?: readonly string[];
  readonly bare?: boolean;
  readonly foreground?: boolean;
  readonly live?: boolean;
  readonly outboundPolicy: 'REGISTRY_ONLY' | 'ALLOW_ANY';
  readonly tracesTo?: string;
  readonly seed?: number;
}

/** `mesh up`: resolves when every pod is ready and the first answer is shown. */
export async function up({ context, operands, options }: Invocation<UpFlags>): Promise<number> {
  const { filename: named, bare = false } = options;
  if (named && operands.length > 0) {
    throw new CommandFailure(`error: give either apps (${operands.join(' ')}) or files (-f)`);
  }
  const apps = appsNamed(operands);
  const filename = named ?? defaultManifests({ apps, bare, cwd: context.cwd });
  const files = await readFiles(context, { filename });
  const running = await context.findRunner();
  const client = running ?? (await startMesh(context, { files, options }));
  if (running) await applyToRunning(context, running, files);
  await showResult(context, client, { apps, bare });
  if (options.foreground) await stayInForeground(context, client);
  return 0;
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
  for (const { resource, action } of changed) context.stdout.write(`${resource} ${action}\n`);
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
  context.stdout.write(`\n${formatOverview(overview)}\n${next}`);
}

async function stayInForeground(context: CliContext, client: Client): Promise<void> {
  context.stdout.write('\nCtrl-C stops the mesh.\n\n');
  await Promise.race([followLogs(context, client), context.interrupted()]);
  context.stdout.write('\nStopping the mesh.\n');
  await client.shutdown();
}
