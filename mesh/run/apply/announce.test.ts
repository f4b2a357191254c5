import { expect, test } from 'vitest';
import { Store } from '#mesh/apiserver/store/store.ts';
import type { RunningPod } from '#mesh/kubelet/pods/running-pod.ts';
import { announce } from '#mesh/run/apply/announce.ts';
import type { RunningProxy } from '#mesh/run/apply/proxies.ts';
import { UpEvents } from '#mesh/run/apply/up-events.ts';

type Process = NonNullable<RunningPod['proxy']>;

function announced(ready: boolean, more: Partial<RunningPod> = {}): string[] {
  const proxies = [{ ready, program: { restarts: 0 } } as Process].map(
    (process) => ({ process }) as RunningProxy,
  );
  const proxy = proxies[0]?.process;
  const pod = {
    plan: { name: 'echo' },
    ready,
    wasReady: true,
    terminating: false,
    proxy,
    ...more,
  } as RunningPod;
  const events = new UpEvents();
  const types: string[] = [];
  events.subscribe(({ type }) => types.push(type));
  announce({
    ...{ events, pods: [pod], kubelet: { failures: [] }, dataPlane: { proxies } },
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

test('a mesh is ready when a pod has done what it was to do, and its sidecar has gone', () => {
  expect(announced(false, { outcome: 'Succeeded' })).toEqual(['step', 'ready']);
});
