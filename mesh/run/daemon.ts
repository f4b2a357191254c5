import { closeSync, writeSync } from 'node:fs';
import process from 'node:process';
import { startRunner } from '#mesh/run/runner.ts';
import type { RunnerOptions } from '#mesh/run/runner-options.ts';

/** The descriptor at which the process that started this one waits for word. */
const starter = 3;

try {
  const runner = await startRunner(JSON.parse(process.argv[2] ?? '{}') as RunnerOptions, process.env);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => void runner.stop());
  }
  void runner.ended.then(() => process.exit(0));
  tell('ready');
} catch (error) {
  tell((error as Error).message);
  process.stderr.write(`${(error as Error).stack}\n`);
  process.exit(1);
}

/** The starter reads until the descriptor is closed. When it has gone, nobody needs to know. */
function tell(text: string): void {
  try {
    writeSync(starter, text);
    closeSync(starter);
  } catch (error) {
    process.stderr.write(`nobody to tell: ${(error as Error).message}\n`);
  }
}
