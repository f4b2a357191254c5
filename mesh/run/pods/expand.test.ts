import { expect, test } from 'vitest';
import { expand } from '#mesh/run/pods/expand.ts';

test.each([
  ['$(HOST):$(PORT)', 'backend:80'],
  ['$$(HOST)', '$(HOST)'],
  ['$(UNKNOWN)', '$(UNKNOWN)'],
  ['$HOST and $5', '$HOST and $5'],
  ['$(HOST', '$(HOST'],
])('%s becomes %s', (text, expected) => {
  expect(expand(text, { HOST: 'backend', PORT: '80' })).toBe(expected);
});
