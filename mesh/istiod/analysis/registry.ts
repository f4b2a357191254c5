import { hostMatches, intersectHosts, serviceHost } from '#mesh/istiod/config/build/hosts.ts';
import { selects } from '#mesh/istiod/config/build/input.ts';
import {
  ofKind,
  type PodOwner,
  podOwners,
  type Resource,
  type Service,
  type ServiceEntry,
} from '#mesh/istiod/config/schema/resource.ts';
import { nearest } from '#mesh/nearest.ts';

/** A host that requests can be routed to. */
export interface RegistryHost {
  readonly host: string;
  readonly resource: Service | ServiceEntry;
  readonly ports: readonly { readonly number: number; readonly name?: string }[];
}

/** Everything that Services and ServiceEntries declare. */
export class Registry {
  readonly hosts: ReadonlyMap<string, RegistryHost>;
  readonly #wildcards: readonly RegistryHost[];
  /** By the namespace of who asks. */
  readonly #names = new Map<string, readonly string[]>();

  constructor(resources: readonly Resource[]) {
    const all = [
      ...ofKind(resources, 'Service').map(fromService),
      ...ofKind(resources, 'ServiceEntry').flatMap(fromServiceEntry),
    ];
    this.hosts = new Map(all.map((entry) => [entry.host, entry]));
    this.#wildcards = all.filter(({ host }) => host.startsWith('*'));
  }

  /** By full host name; a ServiceEntry with a wildcard covers the hosts below it. */
  find(host: string): RegistryHost | undefined {
    return this.hosts.get(host) ?? this.#wildcards.find((entry) => hostMatches(entry.host, host));
  }

  /** How a resource in `namespace` may write the known hosts: short names for its own services, full names for others. */
  namesFor(namespace: string): readonly string[] {
    const names =
      this.#names.get(namespace) ??
      [...this.hosts.values()].map(({ host, resource }) => {
        const own = resource.kind === 'Service' && resource.metadata.namespace === namespace;
        return own ? resource.metadata.name : host;
      });
    this.#names.set(namespace, names);
    return names;
  }
}

/** Whether two host patterns have a host in common. */
export function overlaps(left: string, right: string): boolean {
  return intersectHosts(left, right) !== undefined;
}

function fromService(resource: Service): RegistryHost {
  const { name, namespace } = resource.metadata;
  const ports = resource.spec.ports.map((port) => ({
    number: port.port,
    ...(port.name === undefined ? {} : { name: port.name }),
  }));
  return { host: serviceHost(name, namespace), resource, ports };
}

function fromServiceEntry(resource: ServiceEntry): readonly RegistryHost[] {
  return resource.spec.hosts.map((host) => ({ host, resource, ports: resource.spec.ports }));
}

/** https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/ */
const protocols = [
  'http',
  'http2',
  'https',
  'grpc',
  'grpc-web',
  'tcp',
  'tls',
  'udp',
  'mongo',
  'mysql',
  'redis',
];

/** The protocol that a Service port declares, by `appProtocol` or by its name; undefined when Istio has to guess. */
export function namedProtocol(port: { name?: string; appProtocol?: string }): string | undefined {
  if (port.appProtocol !== undefined) return port.appProtocol;
  return protocols
    .filter((protocol) => port.name === protocol || port.name?.startsWith(`${protocol}-`))
    .sort((left, right) => right.length - left.length)[0];
}

type Labels = Readonly<Record<string, string>>;
type Label = readonly [key: string, value: string];

/** What has a template of its pods, or is a pod itself. */
export type Workload = Pick<PodOwner, 'metadata'> & {
  readonly kind: PodOwner['kind'] | 'Pod';
  readonly spec: Pick<PodOwner['spec'], 'template'>;
};

function workloadsIn(resources: readonly Resource[]): readonly Workload[] {
  const bare = ofKind(resources, 'Pod').map(({ kind, metadata, spec }) => ({
    ...{ kind, metadata },
    spec: { template: { metadata, spec } },
  }));
  return [...podOwners(resources), ...bare];
}

/** All workloads by the labels of their pods. */
export class Workloads {
  readonly #all: readonly Workload[];
  /** By namespace and one label, so that a mesh of a thousand services does not compare each with each. */
  readonly #byLabel: ReadonlyMap<string, readonly Workload[]>;
  /** By namespace and key of a label; made when a value is first asked for. */
  #valuesByKey: ReadonlyMap<string, ReadonlySet<string>> | undefined;
  /** Many objects may name the same label that no pod has. */
  readonly #nearest = new Map<string, string | undefined>();

  constructor(resources: readonly Resource[]) {
    this.#all = workloadsIn(resources);
    this.#byLabel = grouped(this.#all.flatMap(labelKeys));
  }

  within(namespace: string): readonly Workload[] {
    return this.#all.filter(({ metadata }) => metadata.namespace === namespace);
  }

  /** An empty selector selects nothing, as in a Kubernetes Service. */
  selectedBy(selector: Labels, namespace: string): readonly Workload[] {
    const [label] = Object.entries(selector);
    if (!label) return [];
    const candidates = this.#byLabel.get(labelKey(namespace, label)) ?? [];
    return candidates.filter(({ spec }) => selects(selector, spec.template.metadata.labels));
  }

  /** Whether a pod of a namespace has this label, be it with others than are asked for. */
  isLabel(label: Label, namespace: string): boolean {
    return this.#byLabel.has(labelKey(namespace, label));
  }

  /** The value that pods of a namespace have for a label's key, and that its own most likely means. */
  nearestValue([key, value]: Label, namespace: string): string | undefined {
    const asked = labelKey(namespace, [key, value]);
    if (!this.#nearest.has(asked))
      this.#nearest.set(asked, nearest(value, this.#values.get(`${namespace}/${key}`) ?? []));
    return this.#nearest.get(asked);
  }

  get #values(): ReadonlyMap<string, ReadonlySet<string>> {
    if (this.#valuesByKey) return this.#valuesByKey;
    const all = this.#all.flatMap(({ metadata, spec }) =>
      Object.entries(spec.template.metadata.labels).map(
        ([name, value]) => [`${metadata.namespace}/${name}`, value] as const,
      ),
    );
    this.#valuesByKey = new Map([...grouped(all)].map(([key, values]) => [key, new Set(values)]));
    return this.#valuesByKey;
  }
}

function labelKeys(workload: Workload): readonly (readonly [string, Workload])[] {
  const { metadata, spec } = workload;
  return Object.entries(spec.template.metadata.labels).map(
    (label) => [labelKey(metadata.namespace, label), workload] as const,
  );
}

function labelKey(namespace: string, [key, value]: Label): string {
  return `${namespace}/${key}=${value}`;
}

/** Labels as people write them: `app=frontend, version=v1`. */
export function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
}

/** The values of each key, in their order; in one go, however many values a key has. */
export function grouped<Value>(
  entries: Iterable<readonly [string, Value]>,
): ReadonlyMap<string, readonly Value[]> {
  const groups = new Map<string, Value[]>();
  for (const [key, value] of entries) {
    const group = groups.get(key);
    if (group) group.push(value);
    else groups.set(key, [value]);
  }
  return groups;
}
