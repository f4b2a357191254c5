import type { z } from 'zod';

type Issue = z.core.$ZodRawIssue;

const typeNames: Readonly<Record<string, string>> = {
  array: 'a list (lines that begin with `- `)',
  boolean: '`true` or `false`',
  int: 'a whole number',
  number: 'a number',
  object: 'an object (indented `name: value` lines)',
  record: 'an object (indented `name: value` lines)',
  string: 'a string',
};

/** What a schema without a message of its own expects, as `expected …`. */
export function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${typeNames[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `expected ${issue.values
        .map((value) => `\`${String(value)}\``)
        .join(', ')
        .replace(/, ([^,]*)$/, ' or $1')}`;
    case 'too_small':
      return `expected ${amount(issue.origin, 'at least', Number(issue.minimum))}`;
    case 'too_big':
      return `expected ${amount(issue.origin, 'at most', Number(issue.maximum))}`;
    default:
      return `expected something else (${issue.code})`;
  }
}

function amount(origin: string, bound: string, limit: number): string {
  if (origin === 'string') return `${bound} ${limit} character${limit === 1 ? '' : 's'}`;
  if (origin === 'array') return `a list of ${bound} ${limit} item${limit === 1 ? '' : 's'}`;
  return `a number of ${bound} ${limit}`;
}
