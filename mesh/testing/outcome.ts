import type { ReceivedRequest } from '#mesh/istiod/explain/explanation.ts';

/** What happened to a test's requests: to an imaginary one, or to those that were sent. */
export interface Outcome {
  /** The workloads that the requests reached, each with its part of all requests in percent. */
  readonly arrivals: readonly Arrival[];
  /** Percent of the requests by status; 0 where no answer came. */
  readonly statuses: ReadonlyMap<number, number>;
  /** Who refuses, of those requests that are refused. */
  readonly refusals: readonly Refusal[];
  /** Why an answer is not a workload's, as `NC: no service, port or subset of this name exists`. */
  readonly reasons: readonly string[];
  readonly location?: string;
  /** As the workload got it; absent where that cannot be known, with the reason. */
  readonly received?: ReceivedRequest;
  readonly receivedUnknown?: string;
  readonly retries?: { readonly attempts: number; readonly on: string; readonly perTryTimeout?: string };
  /** `none`, or as Envoy writes it. */
  readonly timeout?: string;
  /** The shares that the configuration says, where those of the requests are drawn by chance. */
  readonly configured?: readonly Arrival[];
  /** How many requests the shares are drawn from; absent: they are exact. */
  readonly sent?: number;
  /** What decided, as `file:line`. */
  readonly origin?: string;
  readonly destinations: readonly Destination[];
  /** AuthorizationPolicies that had a part in it, as `namespace/name`. */
  readonly policies: readonly string[];
}

export interface Arrival {
  readonly workload: string;
  readonly version?: string;
  readonly percent: number;
}

export interface Refusal {
  readonly kind: 'AuthorizationPolicy' | 'PeerAuthentication' | 'RequestAuthentication';
  /** As `namespace/name`; none for the mode of a connection, and for a token. */
  readonly names: readonly string[];
  readonly why: string;
}

export interface Destination {
  readonly host: string;
  readonly port: number;
  readonly subset?: string;
  readonly share: number;
}

export type Verdict = 'allowed' | 'denied' | 'partly denied' | 'not reached';

/** What the outcome says of who may call what. */
export function verdictOf({ refusals, arrivals, statuses }: Outcome): Verdict {
  if (refusals.length > 0) return arrivals.length > 0 ? 'partly denied' : 'denied';
  return arrivals.length > 0 || statuses.has(200) ? 'allowed' : 'not reached';
}

/** The only status, when there is one. */
export function statusOf({ statuses }: Outcome): number | undefined {
  const [first, ...others] = statuses.keys();
  return others.length === 0 ? first : undefined;
}

/** One line for people: `reviews-v2 80 %, reviews-v3 20 %; 200`. */
export function describeOutcome(outcome: Outcome): string {
  const { arrivals, statuses, refusals, reasons, location } = outcome;
  const shares = arrivals.map(({ workload, percent }) =>
    percent === 100 ? workload : `${workload} ${rounded(percent)} %`,
  );
  const codes = [...statuses].map(([status, percent]) => {
    const text = status === 0 ? 'no answer' : String(status);
    return percent === 100 ? text : `${text} (${rounded(percent)} %)`;
  });
  const refused = refusals.map(describeRefusal);
  const parts = [
    shares.join(', '),
    codes.join(', '),
    ...refused,
    ...reasons,
    location ? `to ${location}` : '',
  ];
  return parts.filter(Boolean).join('; ');
}

export function describeRefusal({ kind, names, why }: Refusal): string {
  return `refused by ${kind}${names.length > 0 ? ` ${names.join(', ')}` : ''}: ${why}`;
}

export function rounded(percent: number): string {
  return String(Math.round(percent * 10) / 10);
}
