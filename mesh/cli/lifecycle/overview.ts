import { formatColumns } from '#mesh/cli/output/columns.ts';
import type { Overview } from '#mesh/run/api.ts';

/** The running mesh as text: its pods, its URLs, and who plays the outside. */
export function formatOverview({ pods, urls, standIns, traces, metricsUrl }: Overview): string {
  const severalNamespaces = new Set(pods.map(({ namespace }) => namespace)).size > 1;
  const rows = pods.map((pod) => [
    severalNamespaces ? `${pod.namespace}/${pod.name}` : pod.name,
    pod.ready,
    pod.status,
    String(pod.restarts),
    formatPorts(pod.ports),
    pod.adminPort ? `http://localhost:${pod.adminPort}` : '-',
  ]);
  const table = formatColumns([['POD', 'READY', 'STATUS', 'RESTARTS', 'PORTS', 'ENVOY ADMIN'], ...rows]);
  const metrics = metricsUrl ? [{ name: 'metrics', url: metricsUrl }] : [];
  const links = formatColumns(
    [...urls, ...tracesUrls(traces), ...metrics].map(({ name, url }) => [name, url]),
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
