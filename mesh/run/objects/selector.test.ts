import { expect, test } from 'vitest';
import { matchesSelector } from '#mesh/run/objects/selector.ts';

const labels = { app: 'frontend', version: 'prod' };

test.each([
  ['', true],
  ['app=frontend', true],
  ['app==frontend,version=prod', true],
  ['app=frontend,version=canary', false],
  ['version!=canary', true],
  ['tier!=web', true],
  ['app', true],
  ['!app', false],
  ['version in (prod, canary),app', true],
  ['version notin (prod, canary)', false],
])('%s', (selector, expected) => {
  expect(matchesSelector(selector, labels)).toBe(expected);
});
