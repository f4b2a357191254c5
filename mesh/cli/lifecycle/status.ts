import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CliContext, Invocation } from '#mesh/cli/context.ts';
import { formatColumns, formatJson } from '#mesh/cli/output/output.ts';
import { projectRoot } from '#mesh/project-root.ts';
import type { Overview } from '#mesh/run/api.ts';

export interface StatusFlags {
  readonly output?: 'json';
}

/** `mesh status`: what runs where. */
export async function status({ context, options }: Invocation<StatusFlags>): Promise<number> {
  const client = await context.connect();
  const overview = await client.overview();
  context.stdout.write(options.output === 'json' ? formatJson(overview) : formatOverview(overview));
  return 0;
}

/** `mesh console`: the address of the page, with the key that lets it see and change the mesh. */
export async function consoleAddress({ context }: Invocation<object>): Promise<number> {
  const client = await context.connect();
  const { consoleUrl = '' } = await client.overview();
  context.stdout.write(`${consoleUrl}\n`);
  return 0;
}

/** `mesh version`. */
export async function version({ context }: Invocation<object>): Promise<number> {
  const manifest: unknown = JSON.parse(await readFile(join(projectRoot, 'package.json'), 'utf8'));
  const own = (manifest as { version: string }).version;
  const running = await context.findRunner();
  context.stdout.write(`mesh101 ${own} (laptop mesh), Node ${process.versions.node}\n`);
  context.stdout.write(running ? 'a mesh is running\n' : 'no mesh is running\n');
  return 0;
}

/**
 * `mesh down`: stops everything, including leftovers of a mesh whose runner or folder is gone. Without a running mesh it
 * says so and succeeds. It also removes what `mesh kubeconfig --merge` has added to the user's files.
 */
export async function down({ context }: Invocation<object>): Promise<number> {
  const client = await context.findRunner();
  if (!client) {
    const ended = await context.endLeftovers();
    context.stdout.write(
      ended === 0
        ? 'No mesh is running.\n'
        : `The mesh no longer answered; ended what was left of it: ${plural(ended, 'process', 'processes')}.\n`,
    );
    await takeBackKubeconfigs(context);
    return 0;
  }
  const { pods, standIns } = await client.overview();
  await client.shutdown();
  const envoys = pods.filter(({ adminUrl }) => adminUrl !== undefined).length;
  const parts = [plural(pods.length, 'pod'), plural(envoys, 'Envoy')];
  const hosts = new Set(standIns.map(({ host }) => host.replace(/:\d+$/, '')));
  if (hosts.size > 0) parts.push(plural(hosts.size, 'stand-in'));
  context.stdout.write(`Stopped the mesh: ${parts.join(', ')}.\n`);
  await takeBackKubeconfigs(context);
  return 0;
}

/** `mesh up` and `mesh status` do without all that reads a kubeconfig. */
async function takeBackKubeconfigs(context: CliContext): Promise<void> {
  const { takeBack } = await import('#mesh/cli/kubeconfig/merge.ts');
  await takeBack(context);
}

function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : many}`;
}

/** Players of images that no program here is made for. */
const others: ReadonlySet<string> = new Set(['stand-in', 'docker', 'podman']);

/** The running mesh as text: its pods, its URLs, and the stand-ins for outside hosts. */
export function formatOverview({
  pods,
  urls,
  standIns,
  traces,
  metricsUrl,
  envoysUrl,
  consoleUrl,
}: Overview): string {
  const severalNamespaces = new Set(pods.map(({ namespace }) => namespace)).size > 1;
  // The column appears only if some program is not the image that its manifest names.
  const isPlayed = pods.some(({ playedBy = [] }) => playedBy.some((player) => others.has(player)));
  const rows = pods.map((pod) => [
    severalNamespaces ? `${pod.namespace}/${pod.name}` : pod.name,
    pod.ready,
    pod.status,
    String(pod.restarts),
    formatPorts(pod.ports),
    ...(isPlayed ? [(pod.playedBy ?? []).join(', ') || '-'] : []),
  ]);
  const table = formatColumns([
    ['POD', 'READY', 'STATUS', 'RESTARTS', 'PORTS', ...(isPlayed ? ['PLAYED BY'] : [])],
    ...rows,
  ]);
  const console = consoleUrl ? [{ name: 'console', url: consoleUrl }] : [];
  const metrics = metricsUrl ? [{ name: 'metrics', url: metricsUrl }] : [];
  const envoys = envoysUrl ? [{ name: 'envoys', url: envoysUrl }] : [];
  const links = formatColumns(
    [...urls, ...console, ...tracesUrls(traces), ...metrics, ...envoys].map(({ name, url }) => [name, url]),
  );
  const played = Map.groupBy(standIns, ({ host }) => host.replace(/:\d+$/, ''));
  const players = [...played].map(
    ([host, ports]) =>
      `${host} is played by a local stand-in (${ports.map(({ address }) => address).join(', ')}); --live uses the real host.\n`,
  );
  return [table, links, players.join('')].filter(Boolean).join('\n');
}

function tracesUrls(traces: Overview['traces']): Overview['urls'] {
  if (!traces) return [];
  const { page, embedded } = traces;
  return [{ name: embedded ? 'traces' : `traces (${page.name})`, url: page.url }];
}

function formatPorts(ports: Readonly<Record<number, number>>): string {
  return (
    Object.entries(ports)
      .map(([declared, local]) => `${declared}→${local}`)
      .join(' ') || '-'
  );
}
