import process from 'node:process';
import { endWithReader } from '#platform/process.ts';

endWithReader();
const args = process.argv.slice(2);
if (args.length > 0 && args[0] !== 'server') {
  const { runLoad } = await import('#services/load/run-load.ts');
  const stop = new AbortController();
  // The first Ctrl-C ends the run, and what has been measured is shown; the second ends the program.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
  const { env, stdout, stderr } = process;
  process.exitCode = await runLoad({ args, env, stdout, stderr, stop: stop.signal });
} else {
  const { startTracing } = await import('#platform/tracing/start.ts');
  const tracing = await startTracing(process.env, 'load');
  const { runAsProcess } = await import('#platform/process.ts');
  const { load } = await import('#services/load/service.ts');
  await runAsProcess(load, tracing);
}
