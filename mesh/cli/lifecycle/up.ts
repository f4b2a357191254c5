import { CommandFailure } from '#mesh/cli/command-failure.ts';
import type { CliContext } from '#mesh/cli/context.ts';
import { readFiles } from '#mesh/cli/kubectl/read-files.ts';
import { defaultManifests } from '#mesh/cli/lifecycle/default-manifests.ts';
import { firstAnswer } from '#mesh/cli/lifecycle/first-answer.ts';
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
export async function up({ context, options }: Invocation<UpFlags>): Promise<number> {
  const filename = options.filename ?? defaultManifests({ bare: options.bare ?? false, cwd: context.cwd });
  const files = await readFiles(context, { filename });
  const running = await context.findRunner();
  const client = running ?? (await startMesh(context, { files, options }));
  if (running) await applyToRunning(context, running, files);
  await showResult(context, client, options.bare ?? false);
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

async function showResult(context: CliContext, client: Client, bare: boolean): Promise<void> {
  const overview = await client.overview();
  context.stdout.write(`\n${formatOverview(overview)}\n${await firstAnswer(context, overview, bare)}`);
}

async function stayInForeground(context: CliContext, client: Client): Promise<void> {
  context.stdout.write('\nCtrl-C stops the mesh.\n\n');
  await Promise.race([followLogs(context, client), context.interrupted()]);
  context.stdout.write('\nStopping the mesh.\n');
  await client.shutdown();
}
