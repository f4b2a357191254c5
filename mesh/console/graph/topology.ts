import {
  type Mark,
  type ObjectPlace,
  type Rule,
  type RuledDestination,
  rulesOfGateway,
  rulesOfPod,
} from '#mesh/console/graph/rules.ts';
import type { Mesh } from '#mesh/istiod/model/mesh.ts';
import type { Endpoint, Service } from '#mesh/istiod/model/service.ts';
import type { TrafficPolicy } from '#mesh/istiod/model/traffic-policy.ts';

/** A box of the graph. */
export interface Node {
  /** `workload.namespace`, `gateway.namespace`, or an outside host. */
  readonly id: string;
  readonly kind: 'you' | 'gateway' | 'workload' | 'outside' | 'nowhere';
  readonly name: string;
  readonly namespace: string;
  /** The app that it is a version of. */
  readonly app: string;
  readonly version: string;
  readonly pods: readonly { readonly name: string; readonly ready: boolean }[];
  /** Whether an Envoy stands before it. */
  readonly sidecar: boolean;
  /** A local process plays this host. */
  readonly standIn: boolean;
}

/** What the rules say of the way from one box to another. */
export interface Ruled {
  readonly from: string;
  readonly to: string;
  readonly service: string;
  /** Percent of the requests for which no condition decides; undefined: only conditions lead here. */
  readonly share: number | undefined;
  /** Which host's requests are shared out, so that measured shares can be compared. */
  readonly host: string;
  readonly conditions: readonly { readonly when: string; readonly share: number }[];
  readonly marks: readonly Mark[];
  readonly mirror: boolean;
  /** The subsets by which it is reached. */
  readonly subsets: readonly string[];
  readonly origins: readonly ObjectPlace[];
}

/** The mesh as boxes, and how each caller's requests are ruled. Made once for each state of the mesh. */
export class Topology {
  readonly nodes: ReadonlyMap<string, Node>;
  readonly #mesh: Mesh;
  readonly #services: ReadonlyMap<string, Service>;
  readonly #rules = new Map<string, readonly Rule[]>();

  constructor(mesh: Mesh) {
    this.#mesh = mesh;
    this.#services = new Map(mesh.services.map((service) => [service.host, service]));
    this.nodes = new Map([...gateways(mesh), ...workloads(mesh)].map((node) => [node.id, node]));
  }

  /** The ruled ways from a caller to what it asks for by one of these services; of a gateway, all that it has. */
  ways(from: string, asked: ReadonlySet<string>): readonly Ruled[] {
    const isGateway = this.nodes.get(from)?.kind === 'gateway';
    const rules = this.#rulesOf(from).filter(
      ({ host, destinations }) =>
        isGateway || asked.has(host) || destinations.some(({ service }) => asked.has(service)),
    );
    const parts = [...Map.groupBy(rules, ({ host }) => host).values()].flatMap((ofHost) =>
      this.#partsOf(from, ofHost),
    );
    return [...Map.groupBy(parts, ({ to, service }) => `${to} ${service}`).values()].map(joined);
  }

  /** The box of an outside host. */
  outside(host: string): Node {
    const standIn = this.#mesh.standIns.some((one) => one.host === host);
    return { ...box(host, 'outside'), name: host, standIn };
  }

  /** The boxes behind a subset, each with its part of the ready endpoints. */
  behind({ service: host, subset }: Pick<RuledDestination, 'service' | 'subset'>) {
    const service = this.#services.get(host);
    if (!service || service.location === 'MESH_EXTERNAL') return [{ to: host, part: 1 }];
    const labels = service.subsets.find(({ name }) => name === subset)?.labels ?? {};
    const fits = (endpoint: Endpoint) =>
      Object.entries(labels).every(([name, value]) => endpoint.labels[name] === value);
    const endpoints = service.endpoints.filter((endpoint) => endpoint.ready && fits(endpoint));
    const groups = Map.groupBy(endpoints, (endpoint) => `${endpoint.workload ?? ''}.${service.namespace}`);
    return [...groups].map(([to, group]) => ({ to, part: group.length / endpoints.length }));
  }

  #rulesOf(from: string): readonly Rule[] {
    const known = this.#rules.get(from);
    if (known) return known;
    const gateway = this.#mesh.gateways.find(
      (one) => `${one.workload ?? one.name}.${one.namespace}` === from,
    );
    const pod = this.#mesh.pods.find((one) => `${one.workload ?? one.name}.${one.namespace}` === from);
    const rules = gateway ? rulesOfGateway(gateway) : pod?.sidecar ? rulesOfPod(this.#mesh, pod) : [];
    this.#rules.set(from, rules);
    return rules;
  }

  /** The first rule without a condition decides for all others; later ones are never reached. */
  #partsOf(from: string, rules: readonly Rule[]): Ruled[] {
    const last = rules.findIndex(({ when }) => when === '');
    const reached = last < 0 ? rules : rules.slice(0, last + 1);
    return reached.flatMap((rule) => {
      const { host, when, marks, origin } = rule;
      const common = { from, host, marks, origins: [origin] };
      const targets = rule.destinations.flatMap(({ service, subset, share }) =>
        this.behind({ service, subset }).map(({ to, part }) => ({
          ...common,
          ...{
            to,
            service,
            mirror: false,
            subsets: [subset],
            marks: [...marks, ...this.#breaker(service, subset)],
          },
          share: when === '' ? share * part : undefined,
          conditions: when === '' ? [] : [{ when, share: share * part }],
        })),
      );
      const mirrors = rule.mirrors.flatMap(({ service, subset, percentage }) =>
        this.behind({ service, subset }).map(({ to }) => ({
          ...common,
          ...{ to, service, mirror: true, subsets: [subset], share: undefined, conditions: [] },
          marks: [{ kind: 'mirror' as const, text: `a copy of ${percentage} %`, origin }],
        })),
      );
      return [...targets, ...mirrors];
    });
  }

  #breaker(host: string, subset: string): Mark[] {
    const service = this.#services.get(host);
    const policies = service?.ports.map(
      ({ trafficPolicies }) => trafficPolicies[subset] ?? trafficPolicies[''],
    );
    const text = (policies ?? []).map(limits).find((found) => found !== '');
    if (text === undefined) return [];
    const rule = service?.destinationRule;
    const steps = ['spec', 'trafficPolicy'];
    return [
      {
        kind: 'breaker',
        text,
        ...(rule && {
          origin: { kind: 'DestinationRule', name: rule.name, namespace: rule.namespace, steps },
        }),
      },
    ];
  }
}

function limits({ connectionPool = {}, outlierDetection }: TrafficPolicy = {}): string {
  const { maxConnections, http1MaxPendingRequests, http2MaxRequests } = connectionPool;
  const parts = [
    maxConnections !== undefined &&
      `at most ${maxConnections} ${maxConnections === 1 ? 'connection' : 'connections'}`,
    http1MaxPendingRequests !== undefined && `at most ${http1MaxPendingRequests} waiting`,
    http2MaxRequests !== undefined &&
      `at most ${http2MaxRequests} ${http2MaxRequests === 1 ? 'request' : 'requests'} at once`,
    outlierDetection &&
      `put out after ${outlierDetection.consecutive5xxErrors ?? outlierDetection.consecutiveGatewayErrors ?? 5} failures`,
  ];
  return parts.filter(Boolean).join(', ');
}

/** Several rules of one way as one. */
function joined(parts: readonly Ruled[]): Ruled {
  const [first] = parts as readonly [Ruled];
  const shares = parts.flatMap(({ share }) => share ?? []);
  const marks = parts.flatMap((part) => part.marks);
  return {
    ...first,
    share: shares.length === 0 ? undefined : shares.reduce((sum, share) => sum + share, 0),
    conditions: parts.flatMap((part) => part.conditions),
    marks: marks.filter((mark, at) => marks.findIndex(({ text }) => text === mark.text) === at),
    mirror: parts.every(({ mirror }) => mirror),
    subsets: [...new Set(parts.flatMap(({ subsets }) => subsets))],
    origins: parts.flatMap(({ origins }) => origins),
  };
}

export function box(id: string, kind: Node['kind']): Node {
  const empty = { namespace: '', app: id, version: '', pods: [], sidecar: false, standIn: false };
  return { id, kind, name: id, ...empty };
}

function gateways(mesh: Mesh): Node[] {
  return mesh.gateways.map(({ name, workload = name, namespace }) => ({
    ...box(`${workload}.${namespace}`, 'gateway'),
    ...{ name: workload, namespace, app: workload, sidecar: true },
    pods: [{ name, ready: true }],
  }));
}

function workloads(mesh: Mesh): Node[] {
  const groups = Map.groupBy(mesh.pods, ({ name, workload = name, namespace }) => `${workload}.${namespace}`);
  return [...groups].flatMap(([id, pods]) => {
    const [first] = pods;
    if (!first) return [];
    const { name, workload = name, namespace, labels, sidecar } = first;
    return {
      ...box(id, 'workload'),
      ...{ name: workload, namespace, sidecar: sidecar !== undefined },
      app: labels['app'] ?? workload,
      version: labels['version'] ?? '',
      pods: pods.map((pod) => ({ name: pod.name, ready: pod.ready })),
    };
  });
}
