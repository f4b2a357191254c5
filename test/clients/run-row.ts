import { spawn } from 'node:child_process';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { normalise } from '#test/clients/normalise.ts';
import type { Place } from '#test/clients/place.ts';

/** How long a row may take, in ms. */
const patience = 90_000;

export interface Outcome {
  readonly output: readonly string[];
  readonly code: number;
}

/** Runs a row's command in bash, with both outputs in one pipe as a terminal shows them. */
export async function runRow(command: string, { folder, env, node }: Place): Promise<Outcome> {
  const prelude = `${import.meta.dirname}/prelude.sh`;
  const script = `exec 2>&1; . ${prelude}; ${command}`;
  const child = spawn('bash', ['--norc', '-c', script], {
    ...{ cwd: folder, env, detached: true, stdio: ['ignore', 'pipe', 'inherit'] },
  });
  // Whatever hangs goes with its whole group.
  const limit = setTimeout(() => process.kill(-(child.pid ?? 0), 'SIGKILL'), patience);
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? -1));
  });
  const [output, code] = await Promise.all([text(child.stdout), ended]);
  clearTimeout(limit);
  return { output: normalise(output.replaceAll(node, 'laptop'), folder), code };
}
