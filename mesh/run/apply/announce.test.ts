import { expect, test } from 'vitest';
import { Store } from '#mesh/apiserver/store/store.ts';
import type { RunningPod } from '#mesh/kubelet/pods/running-pod.ts';
import { announce } from '#mesh/run/apply/announce.ts';
import { UpEvents } from '#mesh/run/apply/up-events.ts';

function announced(ready: boolean): string[] {
  const pod = { plan: { name: 'echo' }, ready, wasReady: true, terminating: false } as RunningPod;
  const events = new UpEvents();
  const types: string[] = [];
  events.subscribe(({ type }) => types.push(type));
  announce({
    ...{ events, pods: [pod], kubelet: { failures: [] }, dataPlane: { proxies: [] } },
    api: { store: new Store() },
  });
  return types;
}

test('a mesh is ready when the Envoys know its pods', () => {
  expect(announced(true)).toEqual(['step', 'ready']);
});

test('a mesh is not ready while the Envoys are being told of a pod', () => {
  expect(announced(false)).toEqual(['step']);
});
