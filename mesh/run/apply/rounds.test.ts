import { expect, test } from 'vitest';
import { Queue } from '#mesh/run/apply/publisher.ts';
import { Rounds } from '#mesh/run/apply/rounds.ts';

function meshOf(step: () => Promise<boolean> = async () => false) {
  const log: string[] = [];
  const queue = new Queue();
  const state = { pending: false };
  const rounds = new Rounds({
    queue,
    step: () => {
      log.push('step');
      return step();
    },
    settled: () => Promise.resolve(),
    isPending: () => state.pending,
    announce: () => log.push('announced'),
    onProblem: (message) => log.push(message.split('\n')[0] ?? ''),
  });
  const quiet = async () => {
    await queue.run(async () => {});
    await new Promise(setImmediate);
  };
  return { rounds, log, state, quiet };
}

test('however many changes there were, one round follows, and then those who wait are told', async () => {
  const { rounds, log, quiet } = meshOf();
  rounds.wake();
  rounds.wake();
  await quiet();
  expect(log).toEqual(['step', 'announced']);
});

test('a write that causes no round is announced, but not before the last one that is under way', async () => {
  const { rounds, log, state, quiet } = meshOf();
  state.pending = true;
  await rounds.announce();
  expect(log).toEqual([]);
  state.pending = false;
  await rounds.announce();
  await quiet();
  expect(log).toEqual(['announced']);
});

test('while a round is under way nobody is told of what it may change', async () => {
  const done = Promise.withResolvers<boolean>();
  const { rounds, log, quiet } = meshOf(() => done.promise);
  rounds.wake();
  await new Promise(setImmediate);
  await rounds.announce();
  expect(log).toEqual(['step']);
  done.resolve(false);
  await quiet();
  expect(log).toEqual(['step', 'announced']);
});

test('what a round has left is for the next, and a round that fails is told of', async () => {
  const results = [async () => true, () => Promise.reject(new Error('no disk')), async () => false];
  const { rounds, log, quiet } = meshOf(() => (results.shift() ?? (async () => false))());
  rounds.wake();
  await quiet();
  await quiet();
  expect(log).toEqual(['step', 'step', 'Error: no disk']);
  rounds.wake();
  await quiet();
  expect(log.slice(3)).toEqual(['step', 'announced']);
});
