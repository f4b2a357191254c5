import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { UpEvents } from '#mesh/run/apply/up-events.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a start fails when nothing has happened for a while, not because it takes long', () => {
  const events = new UpEvents({ idleTimeout: 90_000 });
  for (const name of ['one', 'two', 'three']) {
    vi.advanceTimersByTime(80_000);
    events.step(name, 'done');
  }
  expect(events.over).toBe(false);
  const heard: unknown[] = [];
  events.subscribe((event) => heard.push(event));
  vi.advanceTimersByTime(90_000);
  expect(heard.at(-1)).toEqual({
    type: 'failed',
    message: 'not everything is ready, and nothing has happened for 90 s',
  });
});

test('what is said again is no progress', () => {
  const events = new UpEvents({ idleTimeout: 90_000 });
  events.step('one', 'started');
  vi.advanceTimersByTime(60_000);
  events.step('one', 'started');
  vi.advanceTimersByTime(30_000);
  expect(events.over).toBe(true);
});
