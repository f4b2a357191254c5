import { expect, test } from 'vitest';
import { configMapType } from '#mesh/apiserver/testing/plain-api.ts';
import type { Pending } from '#mesh/istiod/config/resources.ts';
import type { Rejection } from '#mesh/istiod/xds/acknowledgement.ts';
import { Publisher, Queue, RefusedError } from '#mesh/run/apply/publisher.ts';

const pending = (key: string): Pending => ({ type: configMapType, key, after: undefined });

/** What Envoys are brought to, as keys; they refuse whatever holds a key that begins with `bad`. */
function fakeEnvoys({ isLate = false } = {}) {
  const told: string[][] = [];
  const publish = async (changes: readonly Pending[]): Promise<Rejection[]> => {
    told.push(changes.map(({ key }) => key));
    const bad = changes.find(({ key }) => key.startsWith('bad'));
    return bad ? [{ proxy: 'web', reason: `no ${bad.key}`, isLate }] : [];
  };
  const queue = new Queue();
  return { told, queue, publisher: new Publisher({ publish, queue }) };
}

test('a change is pending from when the Envoys are told of it until it is in the store', async () => {
  const { told, publisher } = fakeEnvoys();
  const settled = await publisher.bring(pending('a'));
  expect(publisher.pending.map(({ key }) => key)).toEqual(['a']);
  const other = await publisher.bring(pending('b'));
  settled(true);
  expect(publisher.pending.map(({ key }) => key)).toEqual(['b']);
  other(true);
  expect(publisher.pending).toEqual([]);
  expect(told).toEqual([['a'], ['a', 'b']]);
});

test('changes that wait at the same time are brought together', async () => {
  const { told, queue, publisher } = fakeEnvoys();
  const busy = Promise.withResolvers<void>();
  void queue.run(() => busy.promise);
  const brought = ['a', 'b', 'c'].map((key) => publisher.bring(pending(key)));
  busy.resolve();
  await Promise.all(brought);
  expect(told).toEqual([['a', 'b', 'c']]);
});

test('of changes that came together only the one to blame is refused, with what the Envoy says', async () => {
  const { told, queue, publisher } = fakeEnvoys();
  const busy = Promise.withResolvers<void>();
  void queue.run(() => busy.promise);
  const brought = ['a', 'bad', 'c'].map((key) => publisher.bring(pending(key)));
  busy.resolve();
  const results = await Promise.allSettled(brought);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  await expect(brought[1]).rejects.toThrow(RefusedError);
  await expect(brought[1]).rejects.toThrow('the Envoy of web refused the configuration: no bad');
  expect(publisher.pending.map(({ key }) => key)).toEqual(['a', 'c']);
  // All of them, each alone, and after the refusal what holds.
  expect(told).toEqual([['a', 'bad', 'c'], ['a'], ['a', 'bad'], ['a'], ['a', 'c']]);
});

test('a change that is refused is undone at the Envoys before its writer hears of it', async () => {
  const { told, publisher } = fakeEnvoys();
  await expect(publisher.bring(pending('bad'))).rejects.toThrow(RefusedError);
  expect(told).toEqual([['bad'], []]);
});

test('an Envoy that is late refuses nothing', async () => {
  const { publisher } = fakeEnvoys({ isLate: true });
  await expect(publisher.bring(pending('bad'))).resolves.toBeTypeOf('function');
});

test('two changes of one object are brought one after the other: the second waits until the first is stored', async () => {
  const { told, queue, publisher } = fakeEnvoys();
  const busy = Promise.withResolvers<void>();
  void queue.run(() => busy.promise);
  const [first, second] = [publisher.bring(pending('a')), publisher.bring(pending('a'))];
  busy.resolve();
  const settled = await first;
  expect(told).toEqual([['a']]);
  settled(true);
  await second;
  expect(told).toEqual([['a'], ['a']]);
});

test('when a change does not come into the store, the Envoys are brought back', async () => {
  const { told, publisher, queue } = fakeEnvoys();
  const settled = await publisher.bring(pending('a'));
  settled(false);
  await queue.run(async () => {});
  expect(told).toEqual([['a'], []]);
});

test('when the Envoys cannot be told at all, the writer hears why and the next change is tried', async () => {
  const queue = new Queue();
  let broken = true;
  const publisher = new Publisher({
    queue,
    publish: async () => {
      if (broken) throw new Error('no space left on device');
      return [];
    },
  });
  await expect(publisher.bring(pending('a'))).rejects.toThrow('no space left');
  expect(publisher.pending).toEqual([]);
  broken = false;
  await expect(publisher.bring(pending('a'))).resolves.toBeTypeOf('function');
});
