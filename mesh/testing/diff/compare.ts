import { type DerivedRequest, derivedRequests } from '#mesh/testing/diff/derived-requests.ts';
import { explainedOutcome } from '#mesh/testing/explained-outcome.ts';
import type { ImaginaryMesh } from '#mesh/testing/imaginary-mesh.ts';
import { type Outcome, rounded } from '#mesh/testing/outcome.ts';
import { TestMistake } from '#mesh/testing/schema-issues.ts';

/** Requests of one host that all change in the same way. */
export interface Change {
  readonly target: string;
  /** What became of them, and what will. */
  readonly before: string;
  readonly after: string;
  /** The line that decides from now on. */
  readonly origin?: string;
  /** How many of the derived requests it is. */
  readonly requests: readonly DerivedRequest[];
  /** All derived requests to this host, changed or not. */
  readonly all: readonly DerivedRequest[];
}

export interface Comparison {
  readonly changes: readonly Change[];
  /** How many requests were compared. */
  readonly compared: number;
}

export interface CompareOptions {
  readonly before: ImaginaryMesh;
  readonly after: ImaginaryMesh;
  readonly namespace: string;
}

/** Enough for four paths, five users and three methods, and a second for thirty workloads. */
const MOST_OF_A_HOST = 200;

/** Which requests go elsewhere after a change of manifests. */
export function compare({ before, after, namespace }: CompareOptions): Comparison {
  const requests = derivedRequests({
    ...{ meshes: [after.mesh, before.mesh], namespace, most: MOST_OF_A_HOST },
  });
  const byTarget = Map.groupBy(requests, ({ target }) => target);
  const changes = [...byTarget.values()].flatMap((all) => {
    const asked = all.map((one) => ({
      one,
      was: ask(one, before, namespace),
      is: ask(one, after, namespace),
    }));
    const changed = asked.filter(({ was, is }) => was.text !== is.text);
    const alike = Map.groupBy(changed, ({ was, is }) => `${was.text}\n${is.text}`);
    return [...alike.values()].flatMap((group) => changeOf(group, all));
  });
  return { changes, compared: requests.length };
}

interface Asked {
  readonly one: DerivedRequest;
  readonly was: Told;
  readonly is: Told;
}

interface Told {
  readonly text: string;
  readonly origin?: string;
}

function changeOf(group: readonly Asked[], all: readonly DerivedRequest[]): readonly Change[] {
  const [first] = group;
  if (!first) return [];
  const { one, was, is } = first;
  const requests = group.map((asked) => asked.one);
  return [
    {
      ...{ target: one.target, before: was.text, after: is.text, requests, all },
      ...(is.origin !== undefined && { origin: is.origin }),
    },
  ];
}

function ask({ request }: DerivedRequest, { mesh }: ImaginaryMesh, namespace: string): Told {
  try {
    const outcome = explainedOutcome(request, { mesh, namespace });
    const { origin } = outcome;
    return { text: wayOf(outcome, request.url), ...(origin !== undefined && { origin }) };
  } catch (error) {
    if (!(error instanceof TestMistake)) throw error;
    return { text: `nobody asks: ${error.message}` };
  }
}

/** What a reviewer wants to know of a request's way, in a few words. */
function wayOf(outcome: Outcome, url: string): string {
  const { arrivals, refusals, statuses, location, timeout = 'none', retries } = outcome;
  const shares = arrivals.map(({ workload, percent }) =>
    percent >= 99.99 ? workload : `${rounded(percent)} % ${workload}`,
  );
  const codes = [...statuses].filter(([status]) => status !== 200 || arrivals.length === 0);
  const answers = codes.map(([status, percent]) => {
    const text = status === 0 ? 'no answer' : `${status}`;
    return percent >= 99.99 ? text : `${rounded(percent)} % ${text}`;
  });
  const refused = refusals.map(
    ({ kind, names }) => `refused by ${[kind, names.join(', ')].filter(Boolean).join(' ')}`,
  );
  const details = [
    ...(location === undefined ? [] : [`to ${location}`]),
    ...rewritten(outcome, url),
    ...(timeout === 'none' ? [] : [`time-out ${timeout}`]),
    ...(retries && retries.attempts !== DEFAULT_ATTEMPTS ? [`${retries.attempts} retries`] : []),
  ];
  const main = [...shares, ...answers, ...refused].join(' + ') || 'nowhere';
  return details.length > 0 ? `${main} (${details.join(', ')})` : main;
}

const DEFAULT_ATTEMPTS = 2;

function rewritten({ received }: Outcome, url: string): readonly string[] {
  if (!received) return [];
  const { pathname, search, hostname } = new URL(url);
  return [
    ...(received.path === pathname + search ? [] : [`path ${received.path}`]),
    ...(received.host === hostname ? [] : [`host ${received.host}`]),
  ];
}
