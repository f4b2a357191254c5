import { type Document, isMap, isSeq, parseAllDocuments } from 'yaml';
import type { SourceFile } from '#mesh/istiod/config/load/document.ts';
import { type Outcome, statusOf, verdictOf } from '#mesh/testing/outcome.ts';
import type { Expectation, TestRequest } from '#mesh/testing/test-file.ts';
import type { TestResult } from '#mesh/testing/test-result.ts';

const DEFAULT_ATTEMPTS = 2;

/** A file of tests in which every expectation says what has happened; comments and requests stay. */
export function recorded(source: SourceFile, results: readonly TestResult[]): string {
  const documents = parseAllDocuments(source.text);
  if (!Array.isArray(documents)) return source.text;
  const own = results.filter(({ file }) => file === source.file);
  for (const document of documents) {
    recordTests(document, own);
    recordAccess(document, own);
  }
  return documents.map((document) => document.toString({ lineWidth: 0 })).join('---\n');
}

/** A test is known by its name; of equal names each takes the next result. */
function recordTests(document: Document, results: readonly TestResult[]): void {
  const tests = document.get('tests');
  if (!isSeq(tests)) return;
  const left = results.filter(({ test }) => !test.cell);
  for (const node of tests.items) {
    if (!isMap(node)) continue;
    const at = left.findIndex(({ test }) => test.name === String(node.get('name')));
    const [result] = at < 0 ? [] : left.splice(at, 1);
    if (result?.outcome) {
      node.set('expect', document.createNode(expectationOf(result.outcome, result.test.request)));
    }
  }
}

/** Each line of the table names all callers that were asked. */
function recordAccess(document: Document, results: readonly TestResult[]): void {
  const lines = document.get('access');
  if (!isSeq(lines)) return;
  for (const node of lines.items) {
    if (!isMap(node)) continue;
    const cells = results.filter(({ test }) => test.cell?.target === String(node.get('to')));
    const callers = (wanted: 'allowed' | 'denied') =>
      cells.flatMap(({ test, outcome }) =>
        outcome && verdictOf(outcome) === wanted ? (test.cell?.caller ?? []) : [],
      );
    node.delete('others');
    node.set('allowed', document.createNode([...new Set(callers('allowed'))], { flow: true }));
    node.set('denied', document.createNode([...new Set(callers('denied'))], { flow: true }));
  }
}

/** What a test would have to expect, so that it passes now. */
export function expectationOf(outcome: Outcome, { url }: TestRequest): Expectation {
  const { arrivals, refusals, location, timeout, retries, sent } = outcome;
  const [first, ...others] = arrivals;
  const [refusal] = refusals;
  const status = statusOf(outcome);
  // An explanation cannot know what a workload will answer.
  const isKnown = status !== undefined && (sent !== undefined || status !== 200);
  return {
    ...(first && others.length === 0 && { workload: first.workload }),
    ...(first && others.length === 0 && first.version !== undefined && { version: first.version }),
    ...(others.length > 0 && { shares: sharesOf(outcome) }),
    ...(isKnown && { status }),
    ...(location !== undefined && { location }),
    ...(refusal && { refusedBy: refusal.names[0] ?? refusal.kind }),
    ...(timeout !== undefined && timeout !== 'none' && { timeout }),
    ...(retries && retries.attempts !== DEFAULT_ATTEMPTS && { retries: { attempts: retries.attempts } }),
    ...receivedOf(outcome, url),
  };
}

function sharesOf({ arrivals, configured = arrivals }: Outcome): Record<string, number> {
  return Object.fromEntries(
    configured.map(({ workload, percent }) => [workload, Math.round(percent * 10) / 10]),
  );
}

/** Only what a rewrite has changed. */
function receivedOf({ received }: Outcome, url: string): Pick<Expectation, 'received'> {
  if (!received) return {};
  const { pathname, search, hostname } = new URL(url);
  const path = received.path === pathname + search ? undefined : received.path;
  const host = received.host === hostname ? undefined : received.host;
  if (path === undefined && host === undefined) return {};
  return { received: { ...(path !== undefined && { path }), ...(host !== undefined && { host }) } };
}
