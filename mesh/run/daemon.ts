import { closeSync, writeSync } from 'node:fs';
import process from 'node:process';
import { log } from '#mesh/run/bring-up.ts';
import { startRunner } from '#mesh/run/runner.ts';
import type { RunnerOptions } from '#mesh/run/runner-options.ts';
import { outliveErrors, textOf } from '#mesh/serve/http-server.ts';
import { giveBackMemory } from '#platform/memory/give-back-memory.ts';

/** The descriptor at which the process that started this one waits for word. */
const starter = 3;

// Whatever the runner, its Envoys and its pods write holds for their user alone: keys, sockets, logs, volumes.
process.umask(0o077);

try {
  const runner = await startRunner(JSON.parse(process.argv[2] ?? '{}') as RunnerOptions, process.env);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => void runner.stop());
  }
  void runner.ended.then(() => process.exit(0));
  // Until here, an error means that there is no mesh; from here on, it must not end one.
  outliveErrors({ log, goesOn: 'the mesh goes on' });
  giveBackMemory();
  tell('ready');
} catch (error) {
  tell((error as Error).message);
  log(textOf(error));
  process.exit(1);
}

/** The starter reads until the descriptor is closed. If it has gone, that does no harm. */
function tell(text: string): void {
  try {
    writeSync(starter, text);
    closeSync(starter);
  } catch (error) {
    log(`nobody to tell: ${(error as Error).message}`);
  }
}
