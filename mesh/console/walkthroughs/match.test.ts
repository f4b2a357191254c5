import { describe, expect, it } from 'vitest';
import { mismatch } from '#mesh/console/walkthroughs/match.ts';

describe('mismatch', () => {
  it.each([
    { expected: ['a', 'b'], output: 'a\nb\n' },
    { expected: ['frontend-prod - ...secs'], output: 'frontend-prod - 0.287secs\n' },
    { expected: ['NAME READY', '...', 'z 1/1'], output: 'NAME   READY\nx 1/1\ny 1/1\nz      1/1\n' },
    { expected: ['...'], output: '' },
    { expected: [], output: '\n' },
    { expected: ['a'], output: '\n\na\n' },
    { expected: ['a (b) [c] *'], output: 'a (b) [c] *' },
  ])('$expected fits', ({ expected, output }) => {
    expect(mismatch(expected, output)).toBeUndefined();
  });

  it.each([
    { expected: ['a'], output: 'a\nb\n', missing: 'nothing more, but got: b' },
    { expected: ['a', 'c'], output: 'a\nb\n', missing: 'c' },
    { expected: ['a.c'], output: 'abc', missing: 'a.c' },
    { expected: ['...', 'z'], output: 'a\nb\n', missing: 'z' },
    { expected: ['x'], output: '', missing: 'x' },
  ])('$expected does not fit $output', ({ expected, output, missing }) => {
    expect(mismatch(expected, output)).toBe(missing);
  });
});
