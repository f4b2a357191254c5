import { expect, test } from 'vitest';
import { parseJson } from '#platform/parse-json.ts';

const nested = (levels: number, inner = '') => '['.repeat(levels) + inner + ']'.repeat(levels);

test('a value is what JSON.parse makes of it', () => {
  for (const text of ['1', '"["', '{"a":[{"b":null}]}', nested(1_000), `"${'['.repeat(5_000)}\\"]"`])
    expect(JSON.stringify(parseJson(text))).toBe(text);
});

test('what is nested too deep to be walked through is no value', () => {
  expect(() => parseJson(nested(1_001))).toThrow(new SyntaxError('nested deeper than 1000 levels'));
  expect(() => parseJson(nested(50_000))).toThrow(SyntaxError);
  expect(() => parseJson(`${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`)).toThrow(SyntaxError);
  expect(() => parseJson('['.repeat(3_000))).toThrow(SyntaxError);
});

test('so is what is no JSON', () => {
  expect(() => parseJson('{')).toThrow(SyntaxError);
  expect(() => parseJson(`"${'\\'.repeat(5_001)}"`)).toThrow(SyntaxError);
});
