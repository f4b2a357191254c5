import { expect, test } from 'vitest';
import { expand } from '#mesh/kubelet/pods/environment.ts';

test.each([
  ['$(HOST):$(PORT)', 'backend:80'],
  ['$$(HOST)', '$(HOST)'],
  ['$(UNKNOWN)', '$(UNKNOWN)'],
  ['$HOST and $5', '$HOST and $5'],
  ['$(HOST', '$(HOST'],
])('%s becomes %s', (text, expected) => {
  expect(expand(text, { HOST: 'backend', PORT: '80' })).toBe(expected);
});
