import { describe, expect, it } from 'vitest';
import { TraceStore } from '#mesh/telemetry/traces/store/trace-store.ts';
import { spanOf } from '#mesh/telemetry/traces/testing/spans.ts';

const trace = (number: number) => number.toString(16).padStart(16, '0');
const idsOf = (store: TraceStore) => [...store.all()].map(({ id }) => id);

describe('the store', () => {
  it('keeps the last 1,000 traces, and lets the oldest go first', () => {
    const store = new TraceStore();
    for (let number = 1; number <= 1003; number += 1) store.add([spanOf({ traceId: trace(number) })]);
    expect(store.size).toBe(1000);
    expect(idsOf(store).slice(0, 1)).toEqual([trace(4)]);
    expect(store.find(trace(3))).toBeUndefined();
  });

  it('adds late spans to their trace, which does not grow younger by it', () => {
    const store = new TraceStore({ traces: 2 });
    store.add([spanOf({ traceId: trace(1), at: 5 })]);
    store.add([spanOf({ traceId: trace(2) })]);
    store.add([spanOf({ traceId: trace(1), id: trace(9), takes: 50 })]);
    expect(store.find(trace(1))?.summary).toMatchObject({ spans: 2, duration: 50_000 });
    store.add([spanOf({ traceId: trace(3) })]);
    expect(idsOf(store)).toEqual([trace(2), trace(3)]);
  });

  it('bounds a trace, and tells how much it left out', () => {
    const store = new TraceStore({ spansPerTrace: 3 });
    store.add([1, 2, 3, 4, 5].map((number) => spanOf({ id: trace(number) })));
    const [only] = store.all();
    expect([only?.spans.length, only?.dropped]).toEqual([3, 2]);
  });

  it('bounds the memory of all', () => {
    const store = new TraceStore({ bytes: 100_000 });
    const tags = { body: 'x'.repeat(8000) };
    for (let number = 1; number <= 100; number += 1) store.add([spanOf({ traceId: trace(number), tags })]);
    expect(store.size).toBeGreaterThan(8);
    expect(store.size).toBeLessThan(13);
    expect(idsOf(store).at(-1)).toBe(trace(100));
  });

  it('takes a span that is sent again, or in parts, as one', () => {
    const store = new TraceStore();
    const { duration, ...begun } = spanOf({ tags: { a: '1' } });
    store.add([begun, spanOf({ tags: { b: '2' } }), spanOf({ tags: { b: '2' } })]);
    const [only] = store.all();
    expect(only?.spans).toEqual([spanOf({ tags: { a: '1', b: '2' } })]);
    expect(duration).toBe(10_000);
  });

  it('keeps apart the halves of a shared span, and the tries under one id', () => {
    const store = new TraceStore();
    store.add([
      spanOf({ kind: 'CLIENT', takes: 90 }),
      spanOf({ kind: 'SERVER', shared: true, service: 'middleware', at: 1 }),
      spanOf({ kind: 'SERVER', shared: true, service: 'middleware', at: 40 }),
    ]);
    expect([...store.all()][0]?.spans).toHaveLength(3);
  });

  it('says by its revision whether anything has changed', () => {
    const store = new TraceStore();
    const before = store.revision;
    store.add([]);
    expect(store.revision).toBe(before);
    store.add([spanOf()]);
    expect(store.revision).not.toBe(before);
  });
});
