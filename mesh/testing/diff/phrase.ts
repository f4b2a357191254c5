import type { Change, Comparison } from '#mesh/testing/diff/compare.ts';
import type { DerivedRequest } from '#mesh/testing/diff/derived-requests.ts';

const MOST_NAMED = 6;

/** The comparison as sentences for a review. */
export function phraseComparison({ changes, compared }: Comparison): string {
  if (changes.length === 0) return `No request goes elsewhere (${compared} compared).\n`;
  const count = changes.length === 1 ? '1 change' : `${changes.length} changes`;
  return `${changes.map((change) => `${phraseChange(change)}\n`).join('')}\n${count}, ${compared} requests compared.\n`;
}

/** `http://reviews:9080: sends /api/v1/* of all users to reviews-v2, before to reviews-v1`. */
export function phraseChange(change: Change): string {
  const { target, before, after, origin } = change;
  const where = origin === undefined ? '' : `\n    decided at ${origin}`;
  return `${target}: ${subject(change)}\n    before: ${before}\n    after:  ${after}${where}`;
}

function subject({ requests, all }: Change): string {
  const parts = [
    named({ requests, all, of: ({ path }) => path, every: 'every path' }),
    users(requests, all),
    named({ requests, all, of: ({ method }) => method, every: '', before: 'with ' }),
    named({ requests, all, of: ({ query }) => query || 'no parameter', every: '', before: 'with ' }),
    named({ requests, all, of: ({ caller }) => caller, every: '', before: 'from ' }),
  ];
  return parts.filter(Boolean).join(' ');
}

interface Naming {
  readonly requests: readonly DerivedRequest[];
  readonly all: readonly DerivedRequest[];
  readonly of: (request: DerivedRequest) => string;
  /** Where all of them are meant. */
  readonly every: string;
  readonly before?: string;
}

function named({ requests, all, of, every, before = '' }: Naming): string {
  const some = new Set(requests.map(of));
  if (some.size === new Set(all.map(of)).size) return every;
  const names = [...some];
  const more = names.length > MOST_NAMED ? `, and ${names.length - MOST_NAMED} more` : '';
  return `${before}${names.slice(0, MOST_NAMED).join(', ')}${more}`;
}

function users(requests: readonly DerivedRequest[], all: readonly DerivedRequest[]): string {
  // What else changes at the same paths decides whether a header matters.
  const paths = new Set(requests.map(({ path }) => path));
  const there = all.filter(({ path }) => paths.has(path));
  const some = new Set(requests.map(({ headers }) => headers));
  if (some.size === new Set(there.map(({ headers }) => headers)).size) return 'of all users';
  if (!some.has('')) return `with ${[...some].join(' or ')}`;
  const others = new Set(there.map(({ headers }) => headers).filter((headers) => !some.has(headers)));
  return `without ${[...others].join(' or ')}`;
}
