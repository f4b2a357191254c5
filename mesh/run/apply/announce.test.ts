import { expect, test } from 'vitest';
import { announce } from '#mesh/run/apply/announce.ts';
import { UpEvents } from '#mesh/run/apply/up-events.ts';
import type { RunningPod } from '#mesh/run/pods/running-pod.ts';

const pod = { plan: { name: 'echo' }, ready: true, wasReady: true, terminating: false } as RunningPod;

function announced(ready: readonly RunningPod[]): string[] {
  const events = new UpEvents();
  const types: string[] = [];
  events.subscribe(({ type }) => types.push(type));
  announce(events, { pods: [pod], ready: new Set(ready), proxies: [], gateway: undefined });
  return types;
}

test('a mesh is ready when the Envoys know its pods', () => {
  expect(announced([pod])).toEqual(['step', 'ready']);
});

test('a pod that became ready while the Envoys were told is not announced yet', () => {
  expect(announced([])).toEqual(['step']);
});
