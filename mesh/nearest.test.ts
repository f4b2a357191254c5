import { describe, expect, it } from 'vitest';
import { didYouMean, nearest, useOneOf } from '#mesh/nearest.ts';

describe('nearest', () => {
  it.each([
    ['attemps', ['attempts', 'perTryTimeout'], 'attempts'],
    ['LABELS', ['labels', 'name'], 'labels'],
    ['prdo', ['canary', 'prod'], 'prod'],
    ['foo', ['v1', 'v2'], undefined],
    ['anything', [], undefined],
  ])('%s among %j is %s', (name, candidates, expected) => {
    expect(nearest(name, candidates)).toBe(expected);
  });
});

it('names the nearest candidate, or all of them, or none', () => {
  expect(didYouMean('prdo', ['prod', 'canary'])).toBe('did you mean `prod`?');
  expect(didYouMean('x', ['prod', 'canary', 'prod'])).toBe('use one of `canary`, `prod`');
  expect(useOneOf(['80'])).toBe('use `80`');
  expect(useOneOf([])).toBe('remove it');
});
