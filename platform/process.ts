import process from 'node:process';
import type { PlatformConfig } from '#platform/config.ts';
import { giveBackMemory } from '#platform/memory/give-back-memory.ts';
import type { Service } from '#platform/service.ts';
import type { Tracing } from '#platform/tracing/tracing.ts';

/** Runs a service as this process: its environment, its streams, and SIGTERM or Ctrl-C as the sign to drain. */
export async function runAsProcess<C extends PlatformConfig>(
  service: Service<C>,
  tracing: Tracing,
): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
  const { env, stdout, stderr } = process;
  // Without a listener, a full disk would end the process at the next write.
  for (const stream of [stdout, stderr]) stream.on('error', () => {});
  giveBackMemory();
  // A command line that needs no more of this file than `endWithReader` starts without Express and all that a service stands on.
  const { runService } = await import('#platform/service.ts');
  const code = await runService(service, { env, stdout, stderr, stop: stop.signal, tracing });
  // Not process.exitCode: a client that keeps its end of a connection open must not keep the process.
  process.exit(code);
}

/** As SIGPIPE ends a program: 128 + 13. */
const ENDED_BY_PIPE = 141;

/** `program | head -1` is no error: when nobody reads any more, this program ends quietly, as SIGPIPE ends others. */
export function endWithReader(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) =>
      process.exit(error.code === 'EPIPE' ? ENDED_BY_PIPE : 1),
    );
  }
}
