import { formatColumns } from '#mesh/cli/output/columns.ts';
import type { Invocation } from '#mesh/cli/session.ts';

/** `istioctl proxy-status`: every Envoy with the version that it has acknowledged. */
export async function proxyStatus({ context }: Invocation<object>): Promise<number> {
  const client = await context.connect();
  const { pods } = await client.overview();
  const withEnvoy = pods.filter(({ adminPort }) => adminPort !== undefined);
  const dumps = await Promise.all(withEnvoy.map((pod) => client.proxy(pod)));
  const rows = dumps.map(({ name, namespace, role, synced, version }) => [
    `${name}.${namespace}`,
    role,
    synced ? 'SYNCED' : 'STALE',
    version,
  ]);
  const header = ['NAME', 'ROLE', 'CONFIGURATION', 'VERSION'];
  context.stdout.write(formatColumns([header, ...rows], { padding: 5, minimum: 0 }));
  return 0;
}
