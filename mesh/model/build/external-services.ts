import type { BuildInput } from '#mesh/model/build/input.ts';
import { selectProtocol } from '#mesh/model/build/protocol.ts';
import { destinationRuleFields } from '#mesh/model/build/services.ts';
import { type DestinationRule, destinationRuleFor, policiesAt } from '#mesh/model/build/traffic-policy.ts';
import type { Endpoint, Service } from '#mesh/model/service.ts';
import type { ResourceOf } from '#mesh/schema/resource.ts';

type ServiceEntry = ResourceOf<'ServiceEntry'>;
type DeclaredEndpoint = ServiceEntry['spec']['endpoints'][number];

/** The registry's second part: one service for each host of each ServiceEntry. */
export function externalServices(input: BuildInput, rules: readonly DestinationRule[]): Service[] {
  return input.resources
    .filter((resource) => resource.kind === 'ServiceEntry')
    .flatMap((entry) =>
      entry.spec.hosts.map((host, index) => toService({ entry, host, index, input, rules })),
    );
}

interface HostOfEntry {
  readonly entry: ServiceEntry;
  readonly host: string;
  readonly index: number;
  readonly input: BuildInput;
  readonly rules: readonly DestinationRule[];
}

function toService({ entry, host, index, input, rules }: HostOfEntry): Service {
  const { namespace } = entry.metadata;
  const rule = destinationRuleFor(rules, { host, namespace });
  return {
    host,
    name: host,
    namespace,
    location: entry.spec.location,
    ports: entry.spec.ports.map((port) => ({
      number: port.number,
      name: port.name,
      protocol: selectProtocol(port),
      trafficPolicies: policiesAt(rule, port.number),
    })),
    endpoints: endpointsOf(entry, host, input),
    source: entry.document.at(['spec', 'hosts', index]),
    ...destinationRuleFields(rule),
  };
}

/** The entry's own endpoints, else the host itself, except where a local stand-in plays it. */
function endpointsOf(entry: ServiceEntry, host: string, input: BuildInput): Endpoint[] {
  const standIns = input.standIns.filter((standIn) => standIn.host === host);
  if (standIns.length > 0) return [standInEndpoint(standIns, entry.spec.ports)];
  const { endpoints, ports } = entry.spec;
  const declared = endpoints.length > 0 ? endpoints : [{ address: host, ports: {}, labels: {} }];
  return declared.map(({ address, ports: named, labels, weight }: DeclaredEndpoint) => ({
    address: address || host,
    ports: Object.fromEntries(
      ports.map((port) => [port.number, named[port.name] ?? port.targetPort ?? port.number]),
    ),
    labels,
    mutualTls: false,
    ready: true,
    ...(weight !== undefined && { weight }),
  }));
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
