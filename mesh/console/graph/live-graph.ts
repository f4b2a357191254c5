import {
  added,
  copied,
  grown,
  nothing,
  type Passed,
  quantiles,
  timesOf,
} from '#mesh/console/graph/counted.ts';
import { type Edge, type GraphState, NOWHERE, withShares } from '#mesh/console/graph/edge.ts';
import { box, type Node, type Ruled, Topology } from '#mesh/console/graph/topology.ts';
import { type MeteredEnvoy, TrafficMeter } from '#mesh/console/graph/traffic-meter.ts';
import type { Mesh } from '#mesh/istiod/model/mesh.ts';

interface Snapshot {
  readonly at: number;
  readonly passed: ReadonlyMap<string, Passed>;
  readonly retries: ReadonlyMap<string, { readonly retries: number; readonly timeouts: number }>;
}

/** Rates are taken over this long, ms, or since the last change of policy. */
const longestWindow = 5_000;
/** A rate over less would jump. */
const shortestWindow = 900;

export interface LiveGraphOptions {
  /** The mesh that the Envoys were last brought to; undefined before the first. */
  readonly mesh: () => Mesh | undefined;
  readonly envoys: () => readonly MeteredEnvoy[];
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** The graph as it is now: boxes and rules from the mesh, numbers from what the Envoys count. */
export class LiveGraph {
  readonly #options: LiveGraphOptions;
  readonly #meter = new TrafficMeter();
  #snapshots: Snapshot[] = [];
  #mesh: Mesh | undefined;
  #topology: Topology | undefined;
  #changedAt = 0;

  constructor(options: LiveGraphOptions) {
    this.#options = options;
  }

  /** Whether the mesh is another than the graph was last drawn from. */
  get isChanged(): boolean {
    return this.#options.mesh() !== this.#mesh;
  }

  /** Asks the Envoys. After a pause the first look only says from where to count. */
  async look(): Promise<void> {
    await this.#meter.look(this.#options.envoys());
    const at = this.#now();
    const oldest = this.#snapshots.at(-1)?.at ?? 0;
    if (at - oldest > 2 * longestWindow) this.#snapshots = [];
    this.#snapshots.push({ at, passed: copied(this.#meter.passed), retries: new Map(this.#retriesOfWays()) });
    this.#snapshots = this.#snapshots.filter((one) => at - one.at <= longestWindow + 1_500);
  }

  state(): GraphState {
    const topology = this.#current();
    const at = this.#now();
    if (!topology) return { at, nodes: [], edges: [] };
    const all = [...this.#ways(topology)].map(([id, way]) => this.#edge(id, way));
    const edges = withShares(all.filter(({ to, rate }) => to !== NOWHERE || rate > 0).sort(byId));
    const nodes = new Map(topology.nodes);
    for (const { from, to } of edges) {
      for (const id of [from, to]) if (!nodes.has(id)) nodes.set(id, strange(id, topology));
    }
    const shown = [...nodes.values()].filter((node) => isWorthShowing(node, edges)).sort(byId);
    return { at, nodes: shown, edges };
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }

  #current(): Topology | undefined {
    const mesh = this.#options.mesh();
    if (mesh && mesh !== this.#mesh) {
      if (this.#mesh) this.#changedAt = this.#now();
      this.#mesh = mesh;
      this.#topology = new Topology(mesh);
    }
    return this.#topology;
  }

  /** Every way that is ruled, or was gone. */
  #ways(topology: Topology): Map<string, Way> {
    const ways = new Map<string, Way>();
    // Workloads that are gone have left their numbers behind.
    const isThere = (id: string) => id === 'unknown' || topology.nodes.has(id);
    const passed = [...this.#meter.passed.values()].filter(
      ({ requests, connections, source, destination }) =>
        requests + connections > 0 && isThere(source) && isThere(destination),
    );
    const callers = new Set([...topology.nodes.values()].filter(isGateway).map(({ id }) => id));
    for (const { source } of passed) callers.add(source);
    for (const from of callers) {
      const own = passed.filter(({ source }) => source === from);
      const asked = new Set(own.map(({ service }) => service));
      const rules = topology.ways(from, asked);
      for (const ruled of rules)
        ways.set(edgeId(from, ruled.to), { from, to: ruled.to, service: ruled.service, ruled, keys: [] });
      for (const one of own) {
        const to = destinationOf(one, topology, rules);
        const id = edgeId(from, to);
        const way = ways.get(id) ?? { from, to, service: one.service, ruled: undefined, keys: [] };
        way.keys.push(`${one.source} ${one.destination} ${one.service}`);
        ways.set(id, way);
      }
    }
    return ways;
  }

  #edge(id: string, { from, to, service, ruled, keys }: Way): Edge {
    const now = this.#snapshots.at(-1);
    const before = this.#windowStart();
    const seconds = now && before ? (now.at - before.at) / 1000 : 0;
    const sum = (snapshot: Snapshot | undefined) =>
      added(keys.map((key) => snapshot?.passed.get(key) ?? nothing()));
    const [latest, first] = [sum(now), sum(before)];
    const per = (amount: number) => (seconds > 0 ? amount / seconds : 0);
    const requests = latest.requests - first.requests;
    const [p50, p95] = quantiles(first.buckets, latest.buckets);
    const counted = now?.retries.get(id);
    const earlier = before?.retries.get(id);
    const { open, ejected } = this.#limits(from, ruled);
    return {
      ...{ id, from, to, service, open, ejected },
      rate: per(requests),
      connections: per(latest.connections - first.connections),
      errors: requests > 0 ? (latest.errors - first.errors) / requests : 0,
      ...(p50 !== undefined && { p50 }),
      ...(p95 !== undefined && { p95 }),
      total: latest.requests,
      ...(ruled?.share !== undefined && { ruled: ruled.share }),
      conditions: ruled?.conditions ?? [],
      marks: ruled?.marks ?? [],
      mirror: ruled?.mirror ?? false,
      ...(latest.received > 0 && { secured: latest.secured === latest.received }),
      retries: per((counted?.retries ?? 0) - (earlier?.retries ?? 0)),
      timeouts: per((counted?.timeouts ?? 0) - (earlier?.timeouts ?? 0)),
      times: timesOf(first.buckets, latest.buckets),
      sentBytes: per(latest.sentBytes - first.sentBytes),
      receivedBytes: per(latest.receivedBytes - first.receivedBytes),
      codes: grown(latest.codes, first.codes, per),
      flags: grown(latest.flags, first.flags, per),
      origins: ruled?.origins ?? [],
    };
  }

  /** From where rates are counted: after a change of policy only what came since, as soon as that is enough. */
  #windowStart(): Snapshot | undefined {
    const now = this.#snapshots.at(-1);
    if (!now) return undefined;
    const wanted = Math.max(now.at - longestWindow, Math.min(this.#changedAt, now.at - shortestWindow));
    return this.#snapshots.find(({ at }) => at >= wanted && at < now.at) ?? this.#snapshots.at(-2);
  }

  /** Retries are counted for a caller's cluster: for the ways that this cluster leads. */
  #retriesOfWays(): [string, { retries: number; timeouts: number }][] {
    const topology = this.#current();
    if (!topology) return [];
    const sums = new Map<string, { retries: number; timeouts: number }>();
    for (const { proxy, cluster, retries, timeouts } of this.#meter.clusters.values()) {
      // Most clusters have nothing to tell, each second anew.
      if (retries + timeouts === 0) continue;
      const [, , subset = '', service = ''] = cluster.split('|');
      const from = callerOf(proxy, topology);
      if (from === undefined || service === '') continue;
      for (const { to } of topology.behind({ service, subset })) {
        const id = edgeId(from, to);
        const sum = sums.get(id) ?? { retries: 0, timeouts: 0 };
        sums.set(id, { retries: sum.retries + retries, timeouts: sum.timeouts + timeouts });
      }
    }
    return [...sums];
  }

  #limits(from: string, ruled: Ruled | undefined): Pick<Edge, 'open' | 'ejected'> {
    const topology = this.#topology;
    if (!ruled || !topology) return { open: [], ejected: 0 };
    const own = [...this.#meter.clusters.values()].filter(({ proxy, cluster, open, ejected }) => {
      if (open.size === 0 && ejected === 0) return false;
      const [, , subset = '', service] = cluster.split('|');
      return (
        service === ruled.service && ruled.subsets.includes(subset) && callerOf(proxy, topology) === from
      );
    });
    return {
      open: [...new Set(own.flatMap(({ open }) => [...open]))],
      ejected: Math.max(0, ...own.map(({ ejected }) => ejected)),
    };
  }
}

interface Way {
  readonly from: string;
  readonly to: string;
  readonly service: string;
  readonly ruled: Ruled | undefined;
  /** Of the meter. */
  readonly keys: string[];
}

function edgeId(from: string, to: string): string {
  return `${from} → ${to}`;
}

/** A drawing that changes its numbers keeps its places. */
function byId(one: { readonly id: string }, other: { readonly id: string }): number {
  return one.id < other.id ? -1 : 1;
}

function isGateway({ kind }: Node): boolean {
  return kind === 'gateway';
}

/** A request that nobody answered stands at the box that it was meant for, by the rules or by the service, if that is one. */
function destinationOf(
  { destination, service }: Passed,
  topology: Topology,
  rules: readonly Ruled[],
): string {
  if (destination !== 'unknown') return destination;
  const own = rules.filter((rule) => rule.service === service && !rule.mirror);
  const [only, ...others] = own.length > 0 ? own : topology.behind({ service, subset: '' });
  return only && others.length === 0 ? only.to : NOWHERE;
}

function strange(id: string, topology: Topology): Node {
  if (id === 'unknown') return { ...box(id, 'you'), name: 'callers without sidecar' };
  if (id === NOWHERE) return { ...box(id, 'nowhere'), name: 'no destination' };
  return topology.outside(id);
}

/** Gateways that nobody has opened are left out. */
function isWorthShowing({ id, kind }: Node, edges: readonly Edge[]): boolean {
  return kind !== 'gateway' || edges.some(({ from, to }) => from === id || to === id);
}

function callerOf(proxy: string, { nodes }: Topology): string | undefined {
  const at = proxy.lastIndexOf('.');
  const [pod, namespace] = [proxy.slice(0, at), proxy.slice(at + 1)];
  return [...nodes.values()].find(
    (node) => node.namespace === namespace && node.pods.some(({ name }) => name === pod),
  )?.id;
}
