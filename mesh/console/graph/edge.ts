import type { Times } from '#mesh/console/graph/counted.ts';
import type { Mark, ObjectPlace } from '#mesh/console/graph/rules.ts';
import type { Node, Ruled } from '#mesh/console/graph/topology.ts';

/** An arrow of the graph. Rates are per second, over the last seconds. */
export interface Edge {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly service: string;
  readonly rate: number;
  /** Connections, where no requests are seen. */
  readonly connections: number;
  /** Of the requests, from 0 to 1. */
  readonly errors: number;
  /** Milliseconds. */
  readonly p50?: number;
  readonly p95?: number;
  /** How long the requests of the last seconds took, in milliseconds: several ways can be added up. */
  readonly times: Times;
  /** Requests per second by status; 0: no answer. */
  readonly codes: Readonly<Record<string, number>>;
  /** Per second, over connections without requests: what the answering side sent, and what it got. */
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** Requests since the console began to look. */
  readonly total: number;
  /** Percent as ruled, for requests for which no condition decides. */
  readonly ruled?: number;
  /** Percent as measured in the last seconds. */
  readonly measured?: number;
  /** Percent of all requests since the console began to look. */
  readonly measuredInAll?: number;
  readonly conditions: Ruled['conditions'];
  readonly marks: readonly Mark[];
  readonly mirror: boolean;
  /** Whether the answering side has seen mutual TLS; absent while it has seen nothing. */
  readonly secured?: boolean;
  readonly retries: number;
  readonly timeouts: number;
  /** Which limit turns requests away at this moment. */
  readonly open: readonly string[];
  /** Endpoints that outlier detection has put out. */
  readonly ejected: number;
  /** Envoy's response flags and how often they came per second. */
  readonly flags: Readonly<Record<string, number>>;
  readonly origins: readonly ObjectPlace[];
}

export interface GraphState {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly nodes: readonly Node[];
  readonly edges: readonly Edge[];
}

/** Where requests stand that no route, no host and no endpoint took; it is there while they come. */
export const NOWHERE = 'nowhere';

/** Each arrow's part of what its caller sent to the same service, in the last seconds and in all. */
export function withShares(edges: readonly Edge[]): Edge[] {
  const groups = Map.groupBy(edges.filter(isShared), ({ from, service }) => `${from} ${service}`);
  const part = (edge: Edge, of: 'rate' | 'total') => {
    const group = groups.get(`${edge.from} ${edge.service}`) ?? [];
    const all = group.reduce((sum, one) => sum + one[of], 0);
    return all > 0 && isShared(edge) ? (100 * edge[of]) / all : undefined;
  };
  return edges.map((edge) => {
    const [measured, measuredInAll] = [part(edge, 'rate'), part(edge, 'total')];
    return {
      ...edge,
      ...(measured !== undefined && { measured }),
      ...(measuredInAll !== undefined && { measuredInAll }),
    };
  });
}

/** Copies, and what nobody took, are no part of what is shared out. */
function isShared({ mirror, to }: Edge): boolean {
  return !mirror && to !== NOWHERE;
}
