import { text } from 'node:stream/consumers';
import { CommandFailure } from '#mesh/cli/command-failure.ts';
import type { Overview } from '#mesh/run/api.ts';
import type { Client } from '#mesh/run/client.ts';

const shownLines = 10;

/** Why the mesh did not come up: the runner's reason, and the last lines of each pod that is not ready. */
export async function failureReport(client: Client, message: string): Promise<CommandFailure> {
  const { pods } = await client.overview();
  const unready = pods.filter(({ ready }) => isUnready(ready));
  const parts = await Promise.all(unready.map((pod) => lastLines(client, pod)));
  return new CommandFailure([`error: ${message}`, ...parts, 'Everything is stopped again.'].join('\n'));
}

function isUnready(ready: string): boolean {
  const [count, wanted] = ready.split('/');
  return count !== wanted;
}

async function lastLines(client: Client, pod: Overview['pods'][number]): Promise<string> {
  const { name, namespace, status } = pod;
  const log = await client.logs({ name, namespace, tail: shownLines }).then(text, () => '');
  const lines = log.trimEnd().split('\n').filter(Boolean);
  const shown = lines.length > 0 ? lines.map((line) => `    ${line}`).join('\n') : '    (it wrote nothing)';
  return `  pod ${name} is ${status}; it wrote last:\n${shown}`;
}
