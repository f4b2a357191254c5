import { expect, test } from 'vitest';
import { Readiness } from '#mesh/kubelet/pods/readiness.ts';

const shown = ({ serves, ready }: Readiness) => ({ serves, ready });

test('a pod that serves is ready when the Envoys have been told', () => {
  const readiness = new Readiness();
  readiness.observe(true);
  expect(shown(readiness)).toEqual({ serves: true, ready: false });
  readiness.announced(readiness.spell);
  expect(shown(readiness)).toEqual({ serves: true, ready: true });
});

test('a program that is back is not ready before the Envoys have been told again', () => {
  const readiness = new Readiness();
  readiness.observe(true);
  readiness.announced(readiness.spell);
  readiness.observe(false);
  expect(shown(readiness)).toEqual({ serves: false, ready: false });
  readiness.observe(true);
  expect(shown(readiness)).toEqual({ serves: true, ready: false });
  expect(readiness.wasReady).toBe(true);
});

test('an acknowledgement of what was so before says nothing about a later spell', () => {
  const readiness = new Readiness();
  const before = readiness.spell;
  readiness.observe(true);
  readiness.announced(before);
  expect(shown(readiness)).toEqual({ serves: true, ready: false });
  const first = readiness.spell;
  readiness.observe(false);
  readiness.observe(true);
  readiness.announced(first);
  expect(shown(readiness)).toEqual({ serves: true, ready: false });
});
