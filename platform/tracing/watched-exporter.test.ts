import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ExportState, WatchedExporter } from '#platform/tracing/watched-exporter.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const OK: ExportResult = { code: ExportResultCode.SUCCESS };
const REFUSED: ExportResult = { code: ExportResultCode.FAILED, error: new Error('refused') };

/** An exporter whose answers the test gives. */
function watched() {
  const answers: ((result: ExportResult) => void)[] = [];
  const exporter = {
    export: vi.fn((_spans: ReadableSpan[], done: (result: ExportResult) => void) => void answers.push(done)),
    shutdown: async () => {},
  };
  const state = new ExportState('test');
  const changes: boolean[] = [];
  state.onChange = ({ down }) => changes.push(down);
  const watching = new WatchedExporter({ exporter, state, timeoutMs: 1000 });
  const done = vi.fn();
  const send = (spans = 2) => watching.export(Array(spans).fill({}), done);
  return { answers, exporter, state, changes, done, send };
}

test('what is accepted and what is refused is counted; an outage is told once, and its end', () => {
  const { answers, state, changes, send } = watched();
  for (const result of [REFUSED, REFUSED, OK, OK, REFUSED]) {
    send();
    answers.shift()?.(result);
  }
  expect(state).toMatchObject({ exported: 4, dropped: { failed: 6, timeout: 0, queue_full: 0 } });
  expect(changes).toEqual([true, false, true]);
});

test('an exporter that throws has failed', () => {
  const { exporter, state, done, send } = watched();
  exporter.export.mockImplementationOnce(() => {
    throw new Error('bad span');
  });
  send(3);
  expect(state.dropped.failed).toBe(3);
  expect(done).toHaveBeenCalledExactlyOnceWith({
    code: ExportResultCode.FAILED,
    error: expect.objectContaining({ message: 'bad span' }),
  });
});

test('one that never answers is given up in time, and tried no more while several batches are with it', () => {
  const { answers, exporter, state, changes, done, send } = watched();
  for (let batch = 1; batch <= 6; batch++) {
    send();
    vi.advanceTimersByTime(1000);
  }
  expect(exporter.export).toHaveBeenCalledTimes(4);
  expect(done).toHaveBeenCalledTimes(6);
  expect(state).toMatchObject({ exported: 0, dropped: { timeout: 12 } });
  expect(changes).toEqual([true]);
  // It is back: late answers count no span twice, and batches are sent again.
  for (const answer of answers.splice(0)) answer(OK);
  expect(state.exported).toBe(0);
  send();
  answers[0]?.(OK);
  expect(state.exported).toBe(2);
  expect(changes).toEqual([true, false]);
});
