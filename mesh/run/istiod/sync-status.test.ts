import { expect, it } from 'vitest';
import type { ProxyProcess } from '#mesh/kubelet/proxy/proxy-process.ts';
import { syncRow, syncStatuses } from '#mesh/run/istiod/sync-status.ts';

const pod = { name: 'a', namespace: 'n', labels: {}, serviceAccount: 's', ports: [], ready: true };
const offered = new Map([
  ['clusters/web', '12'],
  ['clusters/db', '9'],
  ['listeners/http_proxy', '9'],
  ['routes/http_proxy', '9'],
  ['routes/inbound', '10'],
]);

/** An Envoy that says which of its resources it does not use yet. */
function envoy(pending: readonly string[]): ProxyProcess {
  const facts = { name: 'a.n', offered, offeredAt: new Date(0), pending };
  return { ...facts, proxy: { role: 'sidecar', pod, sidecar: {} } } as unknown as ProxyProcess;
}

function states(pending: readonly string[]) {
  const [status] = syncStatuses([envoy(pending)]);
  return status?.types.map(({ typeUrl, status }) => `${typeUrl.split('.').at(-1)} ${status}`);
}

it('an Envoy that uses what it was sent is in step with it', () => {
  expect(states([])).toEqual(['Cluster SYNCED', 'Listener SYNCED', 'RouteConfiguration SYNCED']);
});

it('one resource that is not in use yet makes its type stale', () => {
  expect(states(['routes/inbound'])).toEqual([
    'Cluster SYNCED',
    'Listener SYNCED',
    'RouteConfiguration STALE',
  ]);
});

it('a row has what was sent, and what was acknowledged where it was', () => {
  const [status] = syncStatuses([envoy(['routes/inbound'])]);
  expect(status && syncRow(status)).toEqual({
    cluster_id: 'Kubernetes',
    proxy: 'a.n',
    proxy_type: 'sidecar',
    istio_version: '1.32.0',
    cluster_sent: '12',
    cluster_acked: '12',
    listener_sent: '9',
    listener_acked: '9',
    route_sent: '10',
  });
});
