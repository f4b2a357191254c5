import { describe, expect, it } from 'vitest';
import { re2, re2Problem } from '#mesh/istiod/model/re2.ts';

describe('an expression of RE2', () => {
  it.each([
    ['(?i)/foo', '/FOO', true],
    ['/a(?i)b|/c', '/aB', true],
    ['/a(?i)b|/c', '/C', true],
    ['/a(?i)b|/c', '/AB', false],
    ['/(?P<name>[[:alpha:]]+)', '/abc', true],
    ['/\\pL+', '/é', true],
    ['/a', '/ab', false],
  ])('%s takes of %s as a whole: %s', (expression, text, taken) => {
    expect(re2(expression).matches(text)).toBe(taken);
  });

  it.each([
    ['/a(?=b)', 'invalid or unsupported Perl syntax: `(?=`'],
    ['(a)\\1', 'invalid escape sequence: `\\1`'],
    ['x{1001}', 'invalid repeat count: `{1001}`'],
    ['(', 'missing closing ): `(`'],
  ])('is not %s', (expression, problem) => {
    expect(re2Problem(expression)).toBe(problem);
  });
});
