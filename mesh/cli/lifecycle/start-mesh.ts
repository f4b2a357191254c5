import { CommandFailure } from '#mesh/cli/command-failure.ts';
import type { CliContext } from '#mesh/cli/context.ts';
import { failureReport } from '#mesh/cli/lifecycle/failure-report.ts';
import { Progress } from '#mesh/cli/lifecycle/progress.ts';
import type { UpFlags } from '#mesh/cli/lifecycle/up.ts';
import { printDiagnostics } from '#mesh/cli/output/diagnostics.ts';
import { hasErrors } from '#mesh/diagnostic.ts';
import type { SourceFile } from '#mesh/load/source-file.ts';
import type { Client } from '#mesh/run/client.ts';

export interface StartRequest {
  readonly files: readonly SourceFile[];
  readonly options: UpFlags;
}

/** Starts a runner and waits until everything in the files is ready. When that fails, everything is stopped again. */
export async function startMesh(context: CliContext, { files, options }: StartRequest): Promise<Client> {
  const progress = new Progress(context);
  const { client, ended } = await context.startRunner({
    live: options.live ?? false,
    outboundPolicy: options.outboundPolicy,
    foreground: options.foreground ?? false,
    progress: (text) => progress.note(text),
    ...(options.tracesTo !== undefined && { tracesTo: options.tracesTo }),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
  });
  const crashed = ended.then((log) => {
    throw new CommandFailure(`error: the runner ended while it was starting the mesh:\n${log}`);
  });
  const stopped = context.interrupted().then(() => {
    throw new CommandFailure('interrupted: stopping everything', { exitCode: 130 });
  });
  try {
    await Promise.race([bringUp({ context, client, files, progress }), crashed, stopped]);
    return client;
  } catch (error) {
    progress.end();
    await client.shutdown().catch(() => undefined);
    throw error;
  }
}

interface BringUp {
  readonly context: CliContext;
  readonly client: Client;
  readonly files: readonly SourceFile[];
  readonly progress: Progress;
}

async function bringUp({ context, client, files, progress }: BringUp): Promise<void> {
  const { diagnostics } = await client.apply({ files, namespace: 'default' });
  progress.end();
  printDiagnostics(context, diagnostics);
  if (hasErrors(diagnostics)) throw new CommandFailure('error: the mesh was not started');
  for await (const event of client.events()) {
    if (event.type === 'diagnostics') printDiagnostics(context, event.diagnostics);
    if (event.type === 'failed') throw await failureReport(client, event.message);
    progress.show(event);
  }
}
