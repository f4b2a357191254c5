import {
  type Arrival,
  describeRefusal,
  type Outcome,
  rounded,
  statusOf,
  verdictOf,
} from '#mesh/testing/outcome.ts';
import type { TestCase, WantedDestination } from '#mesh/testing/test-case.ts';
import type { Expectation } from '#mesh/testing/test-file.ts';

/** An expectation that is not met, in one line each. */
export interface Failure {
  /** The key of `expect`. */
  readonly what: string;
  readonly expected: string;
  readonly found: string;
}

type Judge = (expect: Expectation, outcome: Outcome) => readonly Failure[];

/** What of a test's expectations the outcome does not meet. */
export function judge({ expect = {}, destinations }: TestCase, outcome: Outcome): readonly Failure[] {
  const failures = JUDGES.flatMap((one) => one(expect, outcome));
  return destinations ? [...failures, ...judgeDestinations(destinations, outcome)] : failures;
}

const JUDGES: readonly Judge[] = [
  ({ workload }, { arrivals }) => every('workload', workload, arrivals),
  ({ version }, { arrivals }) => every('version', version, arrivals),
  ({ shares }, outcome) => judgeShares(shares, outcome),
  ({ status }, outcome) => same('status', status, statusOf(outcome) ?? listed(outcome)),
  ({ location }, outcome) => same('location', location, outcome.location ?? 'no redirection'),
  ({ received }, outcome) => judgeReceived(received, outcome),
  ({ retries }, outcome) => judgeRetries(retries, outcome),
  ({ timeout }, outcome) => same('timeout', timeout, outcome.timeout ?? 'none'),
  ({ refusedBy }, outcome) => judgeRefusal(refusedBy, outcome),
  ({ allowed }, outcome) => judgeAccess(allowed, outcome),
];

function same(
  what: string,
  expected: string | number | undefined,
  found: string | number,
): readonly Failure[] {
  if (expected === undefined || expected === found) return [];
  return [{ what, expected: String(expected), found: String(found) }];
}

function listed({ statuses }: Outcome): string {
  return [...statuses].map(([status, percent]) => `${status} (${rounded(percent)} %)`).join(', ') || 'none';
}

function every(
  what: 'workload' | 'version',
  expected: string | undefined,
  arrivals: readonly Arrival[],
): readonly Failure[] {
  if (expected === undefined) return [];
  const found = arrivals.map((arrival) => arrival[what] ?? `${arrival.workload}, which has no version`);
  if (found.length > 0 && found.every((name) => name === expected)) return [];
  return [{ what, expected, found: [...new Set(found)].join(', ') || 'no workload got the request' }];
}

/** Four standard deviations: of sixteen thousand runs, one strays further by chance. */
const DEVIATIONS = 4;

function judgeShares(expected: Expectation['shares'], { arrivals, sent }: Outcome): readonly Failure[] {
  if (!expected) return [];
  const found = new Map(arrivals.map(({ workload, percent }) => [workload, percent]));
  const names = new Set([...Object.keys(expected), ...found.keys()]);
  const wanted = new Map(Object.entries(expected));
  return [...names].flatMap((name) => {
    const share = wanted.get(name) ?? 0;
    const observed = found.get(name) ?? 0;
    if (Math.abs(observed - share) <= toleranceOf(share, sent)) return [];
    return [{ what: `shares.${name}`, expected: `${rounded(share)} %`, found: `${rounded(observed)} %` }];
  });
}

/** In percent. Shares of 0 and 100 leave no room for chance, and an explanation knows the weights themselves. */
function toleranceOf(share: number, sent: number | undefined): number {
  if (sent === undefined) return 0.5;
  return DEVIATIONS * Math.sqrt((share * (100 - share)) / sent);
}

function judgeReceived(expected: Expectation['received'], outcome: Outcome): readonly Failure[] {
  if (!expected) return [];
  const { received, receivedUnknown = 'no workload got the request' } = outcome;
  if (!received) return [{ what: 'received', expected: JSON.stringify(expected), found: receivedUnknown }];
  const headers = new Map(Object.entries(received.headers));
  return [
    ...same('received.path', expected.path, received.path),
    ...same('received.host', expected.host, received.host),
    ...Object.entries(expected.headers ?? {}).flatMap(([name, value]) =>
      same(`received.headers.${name}`, value ?? 'absent', headers.get(name.toLowerCase()) ?? 'absent'),
    ),
  ];
}

function judgeRetries(expected: Expectation['retries'], { retries }: Outcome): readonly Failure[] {
  if (!expected) return [];
  return [
    ...same('retries.attempts', expected.attempts, retries?.attempts ?? 0),
    ...same('retries.on', expected.on, retries?.on ?? 'nothing'),
    ...same('retries.perTryTimeout', expected.perTryTimeout, retries?.perTryTimeout ?? 'none'),
  ];
}

function judgeRefusal(expected: string | undefined, outcome: Outcome): readonly Failure[] {
  if (expected === undefined) return [];
  const { refusals } = outcome;
  const isMeant = (name: string) => name === expected || name.endsWith(`/${expected}`);
  if (refusals.some(({ kind, names }) => kind === expected || names.some(isMeant))) return [];
  const found = refusals.map(describeRefusal).join('; ') || `nobody: ${verdictOf(outcome)}`;
  return [{ what: 'refusedBy', expected, found }];
}

function judgeAccess(allowed: boolean | undefined, outcome: Outcome): readonly Failure[] {
  if (allowed === undefined) return [];
  const verdict = verdictOf(outcome);
  const expected = allowed ? 'allowed' : 'denied';
  if (verdict === expected) return [];
  const why = [...outcome.refusals.map(describeRefusal), ...outcome.reasons].join('; ');
  return [{ what: 'access', expected, found: why ? `${verdict} (${why})` : verdict }];
}

function judgeDestinations(
  { wanted, not }: NonNullable<TestCase['destinations']>,
  { destinations }: Outcome,
): readonly Failure[] {
  const isWanted = (one: WantedDestination) =>
    destinations.some(
      ({ host, subset, port, share }) =>
        isHost(one.host, host) &&
        one.subset === subset &&
        (one.port === undefined || one.port === port) &&
        (one.weight === undefined || wanted.length === 1 || one.weight === Math.round(share)),
    );
  const matches = wanted.length === destinations.length && wanted.every(isWanted);
  if (matches !== not) return [];
  const text = (list: readonly { readonly host: string; readonly subset?: string }[]) =>
    list.map(({ host, subset }) => (subset ? `${host} (${subset})` : host)).join(', ') || 'no destination';
  return [{ what: 'route', expected: `${not ? 'not ' : ''}${text(wanted)}`, found: text(destinations) }];
}

/** A short name in a test means the same service. */
function isHost(wanted: string, found: string): boolean {
  return wanted === found || (!wanted.includes('.') && found.startsWith(`${wanted}.`));
}
