import { expect, test } from 'vitest';
import { createRandom } from '#platform/random.ts';
import { createFlaws, FLAWED_VERSIONS } from '#services/ratings/flaws.ts';

const random = createRandom({ seed: '101', name: 'ratings' });

function flawsOf(version: string | undefined, clock = { now: 5_000 }) {
  return createFlaws({ version, random, now: () => clock.now });
}

const minutes = (count: number): number => count * 60_000;

test.each(['v1', 'v2', undefined])('%s is well', (version) => {
  const clock = { now: 0 };
  const flaws = flawsOf(version, clock);
  for (const minute of [0, 1, 15, 16, 31]) {
    clock.now = minutes(minute);
    expect([flaws.fails(), flaws.delay(), flaws.healthy()]).toEqual([false, 0, true]);
  }
});

test('v-faulty fails by its source of randomness, below one half', () => {
  const drawn = [0, 0.499, 0.5, 0.999];
  const flaws = createFlaws({ version: 'v-faulty', random: () => drawn.shift() ?? 1, now: () => 0 });
  expect(Array.from({ length: 4 }, () => flaws.fails())).toEqual([true, true, false, false]);
  expect([flaws.delay(), flaws.healthy()]).toEqual([0, true]);
});

test('v-delayed waits 7 s or not at all, by its source of randomness', () => {
  const drawn = [0, 0.499, 0.5, 0.999];
  const flaws = createFlaws({ version: 'v-delayed', random: () => drawn.shift() ?? 1, now: () => 0 });
  expect(Array.from({ length: 4 }, () => flaws.delay())).toEqual([7000, 7000, 0, 0]);
  expect([flaws.fails(), flaws.healthy()]).toEqual([false, true]);
});

test('v-unavailable is well for a minute, ill for the next, and so on; its health check sees nothing', () => {
  const clock = { now: 5_000 };
  const flaws = flawsOf('v-unavailable', clock);
  const failsAt = (ms: number) => {
    clock.now = 5_000 + ms;
    return flaws.fails();
  };
  expect([0, minutes(1) - 1, minutes(1), minutes(2) - 1, minutes(2), minutes(3)].map(failsAt)).toEqual([
    ...[false, false, true, true, false, true],
  ]);
  expect(flaws.healthy()).toBe(true);
});

test('v-unhealthy changes every 15 minutes, and its health check with it', () => {
  const clock = { now: 5_000 };
  const flaws = flawsOf('v-unhealthy', clock);
  const stateAt = (minute: number) => {
    clock.now = 5_000 + minutes(minute);
    return [flaws.fails(), flaws.healthy()];
  };
  expect([0, 14.9, 15, 29.9, 30].map(stateAt)).toEqual([
    ...[
      [false, true],
      [false, true],
      [true, false],
      [true, false],
      [false, true],
    ],
  ]);
});

test('a seed gives the same faults again', () => {
  const draw = () => {
    const flaws = createFlaws({
      version: 'v-faulty',
      random: createRandom({ seed: '101', name: 'ratings' }),
      now: () => 0,
    });
    return Array.from({ length: 50 }, () => flaws.fails());
  };
  expect(draw()).toEqual(draw());
  expect(new Set(draw())).toEqual(new Set([true, false]));
});

test('every flawed version has a flaw', () => {
  for (const version of FLAWED_VERSIONS) expect(flawsOf(version)).not.toBe(flawsOf('v1'));
});
