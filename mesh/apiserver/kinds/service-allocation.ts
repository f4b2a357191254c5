import type { DraftObject, KubernetesObject } from '#mesh/apiserver/object.ts';

/** Kubernetes' default `--service-node-port-range`. */
export const nodePortRange = { first: 30_000, last: 32_767 };

/** Where a Service's addresses and node ports come from. */
export interface ServiceAddresses {
  /** Always the same for the same Service. */
  clusterIp(service: { readonly name: string; readonly namespace: string }): string;
  /** A number within the range that is not taken. */
  nodePort(
    service: { readonly name: string; readonly namespace: string; readonly port: number },
    taken: ReadonlySet<number>,
  ): number;
  /** All that are stored. */
  services(): readonly KubernetesObject[];
}

export interface ServicePort {
  readonly port: number;
  readonly protocol?: string;
  readonly nodePort?: number;
  readonly [field: string]: unknown;
}

export interface ServiceSpec {
  readonly type?: string;
  readonly clusterIP?: string;
  readonly clusterIPs?: readonly string[];
  readonly ipFamilies?: readonly string[];
  readonly ipFamilyPolicy?: string;
  readonly selector?: Readonly<Record<string, string>>;
  readonly ports?: readonly ServicePort[];
  readonly [field: string]: unknown;
}

/** A Service with its address and node ports: those that it had, that it asks for, or that are made up. */
export function withAddresses(
  service: DraftObject,
  before: KubernetesObject | undefined,
  addresses: ServiceAddresses,
): DraftObject {
  const spec = withTargets((service['spec'] ?? {}) as ServiceSpec);
  const old = before?.['spec'] as ServiceSpec | undefined;
  const changed = old === undefined ? spec : withoutLeftovers(spec, old);
  if (changed.type === 'ExternalName') return { ...service, spec: changed };
  const { name = '', namespace = '' } = service.metadata;
  const address = addressesOf(changed, old) ?? [addresses.clusterIp({ name, namespace })];
  const whole = {
    ...changed,
    clusterIP: address[0] ?? '',
    clusterIPs: address,
    ...families(changed, address),
  };
  return { ...service, spec: { ...whole, ...portsOf(whole, { old, name, namespace, addresses }) } };
}

/** A target of 0 or without a name is none: the port itself. */
function withTargets(spec: ServiceSpec): ServiceSpec {
  if (!Array.isArray(spec.ports)) return spec;
  const isNone = ({ targetPort }: ServicePort) => targetPort === 0 || targetPort === '';
  const ports = (spec.ports as readonly ServicePort[]).map((port) =>
    isNone(port) ? { ...port, targetPort: port.port } : port,
  );
  return { ...spec, ports };
}

export function wantsNodePorts({ type }: ServiceSpec): boolean {
  return type === 'NodePort' || type === 'LoadBalancer';
}

/** What belonged to the type that the Service had, and was not changed with it, goes. */
function withoutLeftovers(spec: ServiceSpec, old: ServiceSpec): ServiceSpec {
  const rest: Record<string, unknown> = { ...spec };
  const drop = (names: readonly string[]) => {
    for (const name of names) if (JSON.stringify(spec[name]) === JSON.stringify(old[name])) delete rest[name];
  };
  if (spec.type === 'ExternalName' && old.type !== 'ExternalName')
    drop(['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy', 'internalTrafficPolicy']);
  if (old.type === 'ExternalName' && spec.type !== 'ExternalName') drop(['externalName']);
  if (spec.type !== 'LoadBalancer')
    drop(old.type === 'LoadBalancer' ? ['allocateLoadBalancerNodePorts', 'loadBalancerClass'] : []);
  if (!wantsNodePorts(old) || wantsNodePorts(spec)) return rest as ServiceSpec;
  drop(['externalTrafficPolicy', 'healthCheckNodePort']);
  const ports = spec.ports?.map((port) => {
    const { nodePort, ...other } = port;
    return nodePort === portIn(old, port)?.nodePort ? (other as ServicePort) : port;
  });
  return { ...rest, ...(ports && { ports }) } as ServiceSpec;
}

/** Undefined: one is to be allocated. */
function addressesOf({ clusterIP, clusterIPs = [] }: ServiceSpec, old: ServiceSpec | undefined) {
  const before = old?.clusterIPs ?? [];
  if (!clusterIP) return before.length > 0 ? before : clusterIPs.length > 0 ? clusterIPs : undefined;
  // Clients that know one address only change that one.
  const stale = clusterIP !== old?.clusterIP && clusterIPs.join() === before.join();
  return clusterIPs.length === 0 || stale ? [clusterIP] : clusterIPs;
}

function families(spec: ServiceSpec, address: readonly string[]): Partial<ServiceSpec> {
  const headless = address[0] === 'None';
  // As in a cluster: nobody knows what such a Service's endpoints will be.
  const open = headless && Object.keys(spec.selector ?? {}).length === 0;
  const ipFamilyPolicy = spec.ipFamilyPolicy || (open ? 'RequireDualStack' : 'SingleStack');
  const both = open && ipFamilyPolicy === 'RequireDualStack';
  const ipFamilies = spec.ipFamilies?.length ? spec.ipFamilies : both ? ['IPv4', 'IPv6'] : ['IPv4'];
  return { ipFamilyPolicy, ipFamilies };
}

function portIn({ ports = [] }: ServiceSpec, wanted: ServicePort): ServicePort | undefined {
  return ports.find(
    ({ port, protocol = 'TCP' }) => port === wanted.port && protocol === (wanted.protocol ?? 'TCP'),
  );
}

interface Allocation {
  readonly old: ServiceSpec | undefined;
  readonly name: string;
  readonly namespace: string;
  readonly addresses: ServiceAddresses;
}

/**
 * Only the type NodePort gets chosen node ports. A LoadBalancer has its own address on the laptop, so it
 * keeps those that it declares.
 */
function portsOf(spec: ServiceSpec, { old, name, namespace, addresses }: Allocation): Partial<ServiceSpec> {
  if (spec.type !== 'NodePort' || !Array.isArray(spec.ports)) return {};
  const asked = (spec.ports as readonly ServicePort[]).map(
    (port) => port.nodePort || (old && portIn(old, port)?.nodePort),
  );
  const taken = new Set([
    ...takenNodePorts(addresses, { name, namespace }),
    ...asked.flatMap((one) => one ?? []),
  ]);
  const ports = (spec.ports as readonly ServicePort[]).map((port, index) => {
    const nodePort = asked[index] || addresses.nodePort({ name, namespace, port: port.port }, taken);
    taken.add(nodePort);
    return { ...port, nodePort };
  });
  return { ports };
}

/** Those of all other Services. */
export function takenNodePorts(
  { services }: ServiceAddresses,
  own: { readonly name: string; readonly namespace: string },
): ReadonlySet<number> {
  const others = services().filter(
    ({ metadata }) => metadata.name !== own.name || metadata.namespace !== own.namespace,
  );
  const numbers = others.flatMap((other) => ((other['spec'] ?? {}) as ServiceSpec).ports ?? []);
  return new Set(numbers.flatMap(({ nodePort }) => nodePort ?? []));
}
