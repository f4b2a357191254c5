import { expect, it, vi } from 'vitest';
import { lineBuffer } from '#platform/logging.ts';

function sink() {
  const written: string[] = [];
  return {
    written,
    write: (text: string) => written.push(text),
    flush: (done: () => void) => done(),
    flushSync: vi.fn(),
  };
}

it('hands lines on together once they reach the size, in their order', () => {
  const to = sink();
  const buffer = lineBuffer(to, { size: 6, delay: 1_000 });
  buffer.write('one\n');
  expect(to.written).toEqual([]);
  buffer.write('two\n');
  buffer.write('3\n');
  expect(to.written).toEqual(['one\ntwo\n']);
  buffer.flush(() => to.written.push('flushed'));
  expect(to.written).toEqual(['one\ntwo\n', '3\n', 'flushed']);
});

it('hands a lone line on after the delay', () => {
  vi.useFakeTimers();
  try {
    const to = sink();
    const buffer = lineBuffer(to, { size: 100, delay: 50 });
    buffer.write('one\n');
    vi.advanceTimersByTime(49);
    expect(to.written).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(to.written).toEqual(['one\n']);
  } finally {
    vi.useRealTimers();
  }
});
