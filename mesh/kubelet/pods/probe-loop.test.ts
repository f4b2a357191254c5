import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type ProbeTiming, startProbe } from '#mesh/kubelet/pods/probe-loop.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const timing: ProbeTiming = {
  initialDelay: 5_000,
  period: 1_000,
  timeout: 500,
  successThreshold: 1,
  failureThreshold: 3,
};

function probe(eager: boolean, answers: () => boolean) {
  const outcomes: boolean[] = [];
  const checks = vi.fn(async () => answers());
  const end = startProbe({ timing, eager, check: checks, onOutcome: (passed) => outcomes.push(passed) });
  return { outcomes, checks, end };
}

test('a probe waits for its delay and then asks once each period', async () => {
  const { outcomes, checks, end } = probe(false, () => true);
  await vi.advanceTimersByTimeAsync(4_999);
  expect(checks).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(2_001);
  expect(checks).toHaveBeenCalledTimes(3);
  expect(outcomes).toEqual([true]);
  end();
});

test('as many failures as the threshold make it fail, and one success passes again', async () => {
  let well = true;
  const { outcomes, end } = probe(false, () => well);
  await vi.advanceTimersByTimeAsync(5_000);
  well = false;
  await vi.advanceTimersByTimeAsync(2_000);
  expect(outcomes).toEqual([true]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(outcomes).toEqual([true, false]);
  well = true;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(outcomes).toEqual([true, false, true]);
  end();
});

test('an eager probe asks at once and often, without using up its failures faster', async () => {
  let well = false;
  const { outcomes, checks, end } = probe(true, () => well);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(checks.mock.calls.length).toBeGreaterThan(10);
  await vi.advanceTimersByTimeAsync(6_500);
  expect(outcomes).toEqual([]);
  // Every 50 ms it would be 150 times.
  expect(checks.mock.calls.length).toBeLessThan(80);
  well = true;
  await vi.advanceTimersByTimeAsync(400);
  expect(outcomes).toEqual([true]);
  end();
});

test('a check that the machine held up for seconds counts neither way', async () => {
  let held = true;
  const check = async () => {
    // The clock goes on while nothing runs: a suspended laptop, or a machine that is far too busy.
    if (held) vi.setSystemTime(Date.now() + 5_000);
    return false;
  };
  const outcomes: boolean[] = [];
  const end = startProbe({ timing, eager: false, check, onOutcome: (passed) => outcomes.push(passed) });
  await vi.advanceTimersByTimeAsync(20_000);
  expect(outcomes).toEqual([]);
  held = false;
  await vi.advanceTimersByTimeAsync(3_000);
  expect(outcomes).toEqual([false]);
  end();
});

test('an ended probe asks no more', async () => {
  const { checks, end } = probe(true, () => true);
  await vi.advanceTimersByTimeAsync(10);
  end();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(checks).toHaveBeenCalledTimes(1);
});
