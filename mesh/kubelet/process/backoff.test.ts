import { expect, test } from 'vitest';
import { createBackoff } from '#mesh/kubelet/process/backoff.ts';

test('the wait doubles up to its cap, and a long run starts anew', () => {
  const backoff = createBackoff({ base: 200, cap: 1_000, recovered: 30_000 });
  expect([0, 0, 0, 0, 0].map((ranFor) => backoff.next(ranFor))).toEqual([200, 400, 800, 1_000, 1_000]);
  expect(backoff.next(30_000)).toBe(200);
});
