import { randomUUID } from 'node:crypto';
import type { Case, CaseRequest } from '#test/conformance/case.ts';
import { clusterDifferences, clusterFacts } from '#test/conformance/cluster-facts.ts';
import { differences, mayBecomeSame } from '#test/conformance/compare.ts';
import { type Exchange, factsOf } from '#test/conformance/facts.ts';
import { type Question, questionOf } from '#test/conformance/question.ts';
import type { Asked, Side, Verdict } from '#test/conformance/side.ts';

const AT_ONCE = 4;
const ENOUGH = 64;
const ENOUGH_FOR_RARE = 400;
const STICKY = 12;
const ATTEMPTS = 8;
/** What an answer takes whose route waits: seconds. */
const SLOW = 0.25;

/** Applies the steps of a case, each in a second of its own: age decides between objects, and has whole seconds. */
export async function applySteps(side: Side, { steps }: Case): Promise<Verdict> {
  const verdicts: Verdict[] = [];
  for (const [index, step] of steps.entries()) {
    if (index > 0) await nextSecond();
    if (step.length > 0) verdicts.push(await side.apply(step));
  }
  const refused = verdicts.find((verdict) => verdict.refused !== undefined)?.refused;
  const warned = [...new Set(verdicts.flatMap((verdict) => verdict.warned))];
  return { warned, ...(refused !== undefined && { refused }) };
}

function nextSecond(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1010 - (Date.now() % 1000)));
}

/** Rounds in which what a proxy has not got yet shows. */
const ROUNDS = 6;

/** What a side does with a request, asked as often as shows everything, and again until it does the same twice. */
export async function record(side: Side, request: CaseRequest): Promise<readonly string[]> {
  let facts = await recordOnce(side, request);
  for (let round = 1; round < ROUNDS && request.times === undefined; round += 1) {
    const again = await recordOnce(side, request);
    if (differences(facts, again).length === 0) return facts;
    facts = again;
  }
  return facts;
}

async function recordOnce(side: Side, request: CaseRequest): Promise<readonly string[]> {
  const question = questionOf(request, side.fill);
  const wanted = request.times ?? (request.sticky ? STICKY : request.rare ? ENOUGH_FOR_RARE : 24);
  const asked: Asked[] = [];
  while (asked.length < wanted) {
    asked.push(await ask(side, question));
    const slow = asked.every(({ answer }) => answer.seconds > SLOW);
    if (request.times === undefined && slow && asked.length > 1) break;
  }
  // A mirrored request comes after the answer.
  await new Promise((resolve) => setTimeout(resolve, 100));
  return factsOf(question, exchanges(side, asked), SLOW);
}

/** What differs from the record; asked until everything recorded has been seen, or something else. */
export async function compareRequest(
  side: Side,
  request: CaseRequest,
  attempts = ATTEMPTS,
): Promise<readonly string[]> {
  if (request.answer === undefined) return ['Istio’s answer is not recorded: see docs/conformance.md'];
  const recorded = [request.answer].flat();
  let found = await askUntilSame(side, request, recorded);
  // What a proxy no longer has holds for one more request on each connection that it had kept.
  for (let round = 1; round < attempts && found.length > 0; round += 1)
    found = await askUntilSame(side, request, recorded);
  return found;
}

async function askUntilSame(side: Side, request: CaseRequest, recorded: readonly string[]) {
  const question = questionOf(request, side.fill);
  const [fixed, limit] = [
    request.times ?? (request.sticky ? STICKY : undefined),
    request.rare ? ENOUGH_FOR_RARE : ENOUGH,
  ];
  const slow = recorded.some((fact) => fact.startsWith('took '));
  const asked: Asked[] = fixed === undefined ? [] : await inARow(side, question, fixed);
  let seen = factsOf(question, exchanges(side, asked));
  while (fixed === undefined && asked.length < limit) {
    asked.push(...(await Promise.all(Array.from({ length: slow ? 1 : AT_ONCE }, () => ask(side, question)))));
    seen = factsOf(question, exchanges(side, asked));
    if (slow || differences(recorded, seen).length === 0 || !mayBecomeSame(recorded, seen)) break;
  }
  const late = performance.now() + 400;
  // What a mirror sends arrives after the answer.
  while (differences(recorded, seen).length > 0 && performance.now() < late) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    seen = factsOf(question, exchanges(side, asked));
  }
  return differences(recorded, seen);
}

async function inARow(side: Side, question: Question, times: number): Promise<Asked[]> {
  const asked: Asked[] = [];
  while (asked.length < times) asked.push(await ask(side, question));
  return asked;
}

async function ask(side: Side, question: Question): Promise<Asked> {
  const id = randomUUID();
  return { id, answer: await side.ask(question, id) };
}

const exchanges = (side: Side, asked: readonly Asked[]): Exchange[] =>
  asked.map((one) => side.notes.exchange(one));

/** What a case came to on the laptop. */
export interface Result {
  readonly verdict: Verdict;
  readonly differences: readonly string[];
}

/** Runs a case against the record. What has been applied is removed again. */
export async function check(side: Side, one: Case): Promise<Result> {
  try {
    const verdict = await applySteps(side, one);
    const writes = verdictDifferences(one, verdict);
    if (one.refused !== undefined || verdict.refused !== undefined) return { verdict, differences: writes };
    const found = [...writes];
    // What is known to differ is not waited for.
    const attempts = one.differs === undefined ? ATTEMPTS : 1;
    for (const request of one.requests) {
      const about = requestLine(request);
      found.push(...(await compareRequest(side, request, attempts)).map((text) => `${about}: ${text}`));
    }
    for (const { of, cluster, record: recorded = {} } of one.clusters) {
      const seen = clusterFacts(await side.cluster(of, cluster));
      found.push(...clusterDifferences(recorded, seen).map((text) => `${cluster} of ${of}: ${text}`));
    }
    return { verdict, differences: found };
  } finally {
    await side.clear();
  }
}

/** A request in one line, its headers included. */
export function requestLine({ ask: line, headers = {}, tls, authority }: CaseRequest): string {
  const named = Object.entries(headers).map(([name, value]) => `${name}: ${value}`.slice(0, 60));
  return [
    line,
    ...named,
    ...(tls ? [`SNI ${tls.sni ?? 'none'}`] : []),
    ...[tls?.version, tls?.ciphers].filter((said) => said !== undefined),
    ...(authority ? [`Host ${authority}`] : []),
  ].join(', ');
}

function verdictDifferences(one: Case, { refused, warned }: Verdict): string[] {
  if (one.refused !== undefined && refused === undefined)
    return [`Istio refuses: ${one.refused}; the laptop takes it`];
  if (one.refused === undefined && refused !== undefined)
    return [`the laptop refuses what Istio takes: ${refused}`];
  if (one.warned.length > 0 && warned.length === 0 && refused === undefined) {
    return [`Istio warns: ${one.warned.join('; ')}; the laptop says nothing`];
  }
  return [];
}
