import { expect, test } from 'vitest';
import { createMemoryStore } from '#services/ratings/memory-store.ts';

test('it remembers a thousand products; the one stored longest ago gives way', async () => {
  const store = createMemoryStore();
  for (let id = 0; id < 1000; id++) store.write?.(id, { Reviewer1: 1 });
  store.write?.(0, { Reviewer1: 2 });
  store.write?.(1000, { Reviewer1: 3 });
  const initial = { Reviewer1: 5, Reviewer2: 4 };
  const read = async (id: number) => (await store.read(id)) as unknown;
  expect(await read(0)).toEqual({ ok: true, ratings: { Reviewer1: 2 } });
  expect(await read(1)).toEqual({ ok: true, ratings: initial });
  expect(await read(2)).toEqual({ ok: true, ratings: { Reviewer1: 1 } });
  expect(await read(1000)).toEqual({ ok: true, ratings: { Reviewer1: 3 } });
});
