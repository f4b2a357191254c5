import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FakeCluster, fakeCluster } from '#mesh/controllers/testing/fake-cluster.ts';
import { GatewayServiceController } from '#mesh/run/apply/gateway-service.ts';

const ports = new Map([
  [80, 8081],
  [443, 8443],
]);

let cluster: FakeCluster;
beforeEach(() => {
  cluster = fakeCluster((api) => [new GatewayServiceController(api, ports)]);
});
afterEach(() => {
  cluster.stop();
  expect(cluster.problems).toEqual([]);
});

interface Service {
  readonly spec: { readonly ports: readonly { readonly name: string; readonly port: number }[] };
  readonly status: unknown;
}
const services = () => cluster.list<Service>('services');
const namespace = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

it("makes the gateway's Service before any Gateway is there, with the ports and the address of this machine", async () => {
  await cluster.create(namespace('istio-system'));
  await cluster.settled();
  const [service, ...others] = services();
  expect(others).toEqual([]);
  expect(service?.spec.ports).toMatchObject([
    { name: 'http2', port: 8081, targetPort: 8080, nodePort: 8081 },
    { name: 'https', port: 8443, targetPort: 8443, nodePort: 8443 },
    { name: 'http2-declared', port: 80, targetPort: 'http2', nodePort: 8081 },
    { name: 'https-declared', port: 443, targetPort: 'https', nodePort: 8443 },
  ]);
  expect(service?.status).toEqual({ loadBalancer: { ingress: [{ ip: '127.0.0.1' }] } });
});

it('makes none in another namespace', async () => {
  await cluster.create(namespace('shop'));
  await cluster.settled();
  expect(services()).toEqual([]);
});

it('makes it again when it is deleted', async () => {
  await cluster.create(namespace('istio-system'));
  await cluster.settled();
  const type = cluster.api.types.ofKind('v1', 'Service');
  if (!type) throw new Error('no Service');
  const key = { namespace: 'istio-system', name: 'istio-ingressgateway' };
  await cluster.api.delete(type, key, { manager: 'test' });
  await cluster.settled();
  expect(services()).toHaveLength(1);
});
