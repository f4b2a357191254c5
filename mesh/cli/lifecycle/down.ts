import type { Invocation } from '#mesh/cli/session.ts';

/** `mesh down`: stops everything; without a running mesh it says so and succeeds. */
export async function down({ context }: Invocation<object>): Promise<number> {
  const client = await context.findRunner();
  if (!client) {
    context.stdout.write('No mesh is running.\n');
    return 0;
  }
  const { pods, standIns } = await client.overview();
  await client.shutdown();
  const envoys = pods.filter(({ adminPort }) => adminPort !== undefined).length;
  const parts = [plural(pods.length, 'pod'), plural(envoys, 'Envoy')];
  const hosts = new Set(standIns.map(({ host }) => host.replace(/:\d+$/, '')));
  if (hosts.size > 0) parts.push(plural(hosts.size, 'stand-in'));
  context.stdout.write(`Stopped the mesh: ${parts.join(', ')}.\n`);
  return 0;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
