import { CommandFailure } from '#mesh/cli/command-failure.ts';
import { type NamespaceFlags, namespaceOf } from '#mesh/cli/flags.ts';
import { clusterRows } from '#mesh/cli/istioctl/cluster-rows.ts';
import { endpointRows, loadAssignments } from '#mesh/cli/istioctl/endpoint-rows.ts';
import { listenerRows } from '#mesh/cli/istioctl/listener-rows.ts';
import { routeRows } from '#mesh/cli/istioctl/route-rows.ts';
import { secretRows } from '#mesh/cli/istioctl/secret-rows.ts';
import { textField } from '#mesh/cli/kubectl/object-fields.ts';
import { targetPods } from '#mesh/cli/kubectl/target-pod.ts';
import { formatColumns } from '#mesh/cli/output/columns.ts';
import { formatJson, formatYaml } from '#mesh/cli/output/data.ts';
import type { Invocation } from '#mesh/cli/session.ts';
import type { EnvoyConfig } from '#mesh/envoy/config.ts';
import type { ProxyDump } from '#mesh/run/api.ts';
import type { Client } from '#mesh/run/client.ts';

export type ProxySection = 'routes' | 'clusters' | 'listeners' | 'endpoints' | 'secrets' | 'all';

export interface ProxyFlags extends NamespaceFlags {
  readonly output?: string;
  readonly name?: string;
  readonly fqdn?: string;
  readonly port?: string;
  readonly cluster?: string;
}

const shown = ['listeners', 'routes', 'clusters', 'endpoints', 'secrets'] as const;
type Shown = (typeof shown)[number];

/** `istioctl proxy-config SECTION POD`. */
export async function proxyConfig(
  section: ProxySection,
  { context, operands, options }: Invocation<ProxyFlags>,
): Promise<number> {
  const client = await context.connect();
  const dump = await proxyOf(client, { word: operands[0] ?? '', namespace: namespaceOf(options) });
  const parts = section === 'all' ? shown : [section];
  if (options.output === undefined || options.output === 'short') {
    const tables = parts.map((part) => formatColumns(rows[part](dump, options), { padding: 5, minimum: 0 }));
    context.stdout.write(tables.join('\n'));
    return 0;
  }
  const data = parts.map((part) => [part, rawSection(part, dump, options)] as const);
  const value = section === 'all' ? Object.fromEntries(data) : data[0]?.[1];
  context.stdout.write(await formatData(value, options.output));
  return 0;
}

/** `POD`, `POD.NAMESPACE` or `deploy/NAME[.NAMESPACE]`. */
async function proxyOf(
  client: Client,
  { word, namespace }: { readonly word: string; readonly namespace: string },
): Promise<ProxyDump> {
  const dot = word.lastIndexOf('.');
  const place = dot > 0 ? { word: word.slice(0, dot), namespace: word.slice(dot + 1) } : { word, namespace };
  if (!place.word.includes('/')) return client.proxy({ name: place.word, namespace: place.namespace });
  const [pod] = await targetPods(client, place);
  return client.proxy({ name: pod.metadata.name, namespace: place.namespace });
}

type Rows = (dump: ProxyDump, flags: ProxyFlags) => readonly (readonly string[])[];

const configOf = (dump: ProxyDump) => dump.config as EnvoyConfig;

const rows: Readonly<Record<Shown, Rows>> = {
  listeners: (dump, { port }) => listenerRows(configOf(dump), port),
  routes: (dump, { name }) => routeRows(configOf(dump), name),
  clusters: (dump, { fqdn, port }) => clusterRows(configOf(dump), { fqdn, port }),
  endpoints: (dump, { cluster, port }) => endpointRows(configOf(dump), { cluster, port }),
  secrets: (dump) => secretRows(dump.secrets),
};

function rawSection(part: Shown, dump: ProxyDump, flags: ProxyFlags): unknown {
  const config = configOf(dump);
  if (part === 'secrets') return dump.secrets;
  if (part === 'routes') return named(config.routes, flags.name);
  if (part === 'endpoints') return named(loadAssignments(config), flags.cluster);
  if (part === 'listeners') return config.listeners;
  return config.clusters.filter(
    (cluster) => !flags.fqdn || textField(cluster, 'name').endsWith(`|${flags.fqdn}`),
  );
}

function named(items: Readonly<Record<string, unknown>>, name: string | undefined): readonly unknown[] {
  return Object.entries(items)
    .filter(([key]) => name === undefined || key === name)
    .map(([, item]) => item);
}

async function formatData(value: unknown, output: string): Promise<string> {
  if (output === 'json') return formatJson(value);
  if (output === 'yaml') return formatYaml(value);
  throw new CommandFailure(`error: output format "${output}" not supported; use json, yaml or short`);
}
