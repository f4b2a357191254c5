import { expect, test } from 'vitest';
import { nextStep } from '#mesh/run/apply/rollout.ts';

const pod = (name: string, templateHash: string, ready = true, second = 0) => ({
  name,
  templateHash,
  ready,
  createdAt: new Date(second * 1000),
});
const names = (pods: readonly { name: string }[]) => pods.map(({ name }) => name);

test('missing pods are created at once', () => {
  expect(nextStep([pod('a', 'new')], { templateHash: 'new', replicas: 3 })).toEqual({
    create: 2,
    retire: [],
  });
});

test('old pods stay until every new one is ready', () => {
  const old = [pod('old1', 'old'), pod('old2', 'old')];
  const wanted = { templateHash: 'new', replicas: 2 };
  expect(nextStep([...old, pod('n1', 'new'), pod('n2', 'new', false)], wanted)).toEqual({
    create: 0,
    retire: [],
  });
  const done = nextStep([...old, pod('n1', 'new'), pod('n2', 'new')], wanted);
  expect(names(done.retire)).toEqual(['old1', 'old2']);
});

test('of too many the unready and then the youngest go', () => {
  const pods = [pod('young', 'new', true, 9), pod('sick', 'new', false, 1), pod('old', 'new', true, 1)];
  expect(names(nextStep(pods, { templateHash: 'new', replicas: 1 }).retire)).toEqual(['young', 'sick']);
});

test('no replicas means no pods, old ones included', () => {
  const step = nextStep([pod('a', 'new'), pod('b', 'old')], { templateHash: 'new', replicas: 0 });
  expect(names(step.retire)).toEqual(['a', 'b']);
});

test('with Recreate nothing is created before the last old pod has ended', () => {
  const wanted = { templateHash: 'new', replicas: 1, recreate: true };
  const first = nextStep([pod('old', 'old')], wanted);
  expect([first.create, names(first.retire)]).toEqual([0, ['old']]);
  expect(nextStep([], { ...wanted, ending: 1 })).toEqual({ create: 0, retire: [] });
  expect(nextStep([], { ...wanted, ending: 0 })).toEqual({ create: 1, retire: [] });
});
