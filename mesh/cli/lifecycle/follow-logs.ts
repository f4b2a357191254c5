import { createInterface } from 'node:readline';
import type { CliContext } from '#mesh/cli/context.ts';
import type { Client } from '#mesh/run/client.ts';

/** Copies what every pod writes from now on, each line after its pod's name, until their logs end. */
export async function followLogs(context: CliContext, client: Client): Promise<void> {
  const { pods } = await client.overview();
  const width = Math.max(0, ...pods.map(({ name }) => name.length));
  const copies = pods.map(async ({ name, namespace }) => {
    const input = await client.logs({ name, namespace, follow: true, tail: 0 });
    for await (const line of createInterface({ input }))
      context.stdout.write(`${name.padEnd(width)} | ${line}\n`);
  });
  await Promise.all(copies);
}
