import type { BuildInput } from '#mesh/istiod/config/build/input.ts';
import { podEndpoints } from '#mesh/istiod/config/build/pod-endpoints.ts';
import { selectProtocol } from '#mesh/istiod/config/build/protocol.ts';
import {
  isReachable,
  workloadEntryEndpoints,
  writtenEndpoint,
} from '#mesh/istiod/config/build/workload-entries.ts';
import type { ResourceOf } from '#mesh/istiod/config/schema/resource.ts';
import { ofKind } from '#mesh/istiod/config/schema/resource.ts';
import type { Endpoint, Service } from '#mesh/istiod/model/service.ts';

type ServiceEntry = ResourceOf<'ServiceEntry'>;

/** The registry's second part: one service for each host of each ServiceEntry. */
export function externalServices(input: BuildInput): Service[] {
  return ofKind(input.resources, 'ServiceEntry').flatMap((entry) =>
    entry.spec.hosts.map((host, index) => toService({ entry, host, index, input })),
  );
}

interface HostOfEntry {
  readonly entry: ServiceEntry;
  readonly host: string;
  readonly index: number;
  readonly input: BuildInput;
}

function toService({ entry, host, index, input }: HostOfEntry): Service {
  const { namespace } = entry.metadata;
  const { addresses, resolution } = entry.spec;
  const known = addresses.filter((address) => !address.includes('/'));
  const isByRequest = resolution === 'NONE' || resolution === 'DYNAMIC_DNS';
  const isByName = resolution === 'DNS' || resolution === 'DNS_ROUND_ROBIN';
  return {
    host,
    name: host,
    namespace,
    location: entry.spec.location,
    ports: entry.spec.ports.map((port) => ({
      number: port.number,
      name: port.name,
      protocol: selectProtocol({ protocol: port.protocol }),
      trafficPolicies: {},
    })),
    endpoints: endpointsOf(entry, host, input),
    source: entry.document.at(['spec', 'hosts', index]),
    subsets: [],
    ...(entry.spec.subjectAltNames.length > 0 && { subjectAltNames: entry.spec.subjectAltNames }),
    ...(known.length > 0 && { addresses: known }),
    ...(isByName && !entry.spec.workloadSelector && !isPlayed(host, input) && { resolution }),
    ...(isByRequest && !isPlayed(host, input) && { isByRequest: true as const }),
  };
}

function isPlayed(host: string, { standIns }: BuildInput): boolean {
  return standIns.some((standIn) => standIn.host === host);
}

/** The entry's own endpoints, else the host itself, except where a local stand-in plays it. */
function endpointsOf(entry: ServiceEntry, host: string, input: BuildInput): Endpoint[] {
  const standIns = input.standIns.filter((standIn) => standIn.host === host);
  if (standIns.length > 0) return [standInEndpoint(standIns, entry.spec.ports)];
  const { endpoints, resolution, workloadSelector } = entry.spec;
  const { namespace } = entry.metadata;
  const ports = entry.spec.ports.map(({ name, number, targetPort }) => ({
    ...{ name, port: number },
    ...(targetPort !== undefined && { targetPort }),
  }));
  if (workloadSelector) {
    const selection = { selector: workloadSelector.labels, namespace, ports };
    return [...podEndpoints(selection, input), ...workloadEntryEndpoints(selection, input)];
  }
  const itself = { address: host, ports: {}, labels: {} };
  const isItself = resolution !== 'STATIC' && !host.startsWith('*');
  const declared = endpoints.length === 0 && isItself ? [itself] : endpoints;
  return declared
    .map((endpoint) => ({ ...endpoint, address: endpoint.address || host }))
    .filter(isReachable)
    .map((written) => writtenEndpoint({ written, namespace, ports }, input));
}

/** Services of one host in one namespace are one, whichever objects declare them: ports and endpoints add up. */
export function mergedServices(services: readonly Service[]): Service[] {
  const groups = Map.groupBy(services, ({ host, namespace }) => `${namespace}/${host}`);
  return [...groups.values()].flatMap(([first, ...others]) => {
    if (!first || others.length === 0) return first ?? [];
    const all = [first, ...others];
    const ports = new Map(
      all
        .flatMap((one) => one.ports)
        .toReversed()
        .map((port) => [port.number, port]),
    );
    return {
      ...first,
      ports: [...ports.values()].toReversed(),
      endpoints: all.flatMap((one) => one.endpoints),
    };
  });
}

/** Where a port's `targetPort` would lead at the real host, there the stand-in's port for that one is. */
function standInEndpoint(standIns: BuildInput['standIns'], ports: ServiceEntry['spec']['ports']): Endpoint {
  const local = new Map(standIns.map(({ port, localPort }) => [port, localPort]));
  const played = ports.flatMap(({ number, targetPort = number }) => {
    const localPort = local.get(targetPort);
    return localPort === undefined ? [] : [[number, localPort] as const];
  });
  const [first] = standIns;
  return {
    address: first?.address ?? '127.0.0.1',
    ...(first?.roots !== undefined && { roots: first.roots }),
    ports: Object.fromEntries(played),
    labels: {},
    mutualTls: false,
    ready: true,
  };
}
