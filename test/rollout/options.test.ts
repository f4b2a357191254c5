import { expect, it } from 'vitest';
import { parseOptions } from '#test/rollout/options.ts';

it('has defaults for the chain', () => {
  expect(parseOptions([])).toEqual({
    ...{ namespace: 'default', selector: 'app.kubernetes.io/part-of=chain' },
    ...{ connections: 8, rounds: 1, output: 'text' },
  });
  expect(parseOptions(['-n', 'try', '--host', 'chain.test', '--rounds', '3', '-o', 'json'])).toMatchObject({
    ...{ namespace: 'try', host: 'chain.test', rounds: 3, output: 'json' },
  });
});

it.each([['--bogus'], ['--connections', 'x'], ['--rounds', '0'], ['-o', 'yaml'], ['word']])(
  'refuses %s %s',
  (...args) => {
    expect(parseOptions(args)).toBeUndefined();
  },
);
