import type { PlatformConfig } from '#platform/config.ts';
import { runService, type Service } from '#platform/service.ts';
import type { Tracing } from '#platform/tracing/tracing.ts';

/** Runs a service as this process: its environment, its streams, and SIGTERM or Ctrl-C as the sign to drain. */
export async function runAsProcess<C extends PlatformConfig>(
  service: Service<C>,
  tracing: Tracing,
): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
  const { env, stdout, stderr } = process;
  const code = await runService(service, { env, stdout, stderr, stop: stop.signal, tracing });
  // Not process.exitCode: a client that keeps its end of a connection open must not keep the process.
  process.exit(code);
}
