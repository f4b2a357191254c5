import { expect, test } from 'vitest';
import { loadManifest } from '#mesh/istiod/config/load/load-manifest.ts';
import { parseResources } from '#mesh/istiod/config/schema/parse-resources.ts';
import { createGatewayPorts } from '#mesh/kubelet/ports/gateway-ports.ts';
import type { Ports } from '#mesh/kubelet/ports/ports.ts';
import { gatewayServicePorts } from '#mesh/run/apply/gateway-service.ts';

/** Ports of a machine on which these are taken. */
function machine(...taken: number[]): Ports {
  const leaseFrom = async (wanted: number): Promise<number> => {
    if (taken.includes(wanted)) return leaseFrom(wanted + 1);
    taken.push(wanted);
    return wanted;
  };
  const lease = () => leaseFrom(20_000);
  return {
    lease,
    leaseFrom,
    leaseExactly: async () => true,
    release: () => {},
    releaseAll: () => {},
    leaseAddress: () => true,
    releaseAddress: () => {},
  };
}

function gateway(...numbers: number[]) {
  const text = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: g}
spec:
  selector: {istio: ingressgateway}
  servers:
${numbers.map((number) => `    - {port: {number: ${number}, name: p${number}, protocol: HTTP}, hosts: ["*"]}`).join('\n')}
`;
  const { documents } = loadManifest({ file: 'g.yaml', text });
  return parseResources(documents, { namespace: 'default' }).resources;
}

const create = (ports: Ports, wanted?: number, strangers: readonly number[] = []) =>
  createGatewayPorts({ ports, wanted, isFree: async (port) => !strangers.includes(port) });

/** As `kubectl get service` shows them. */
const listed = (local: ReadonlyMap<number, number>) =>
  gatewayServicePorts(local).map(
    ({ name, port, targetPort, nodePort }) => `${name} ${port}:${nodePort} ${targetPort}`,
  );

test("Istio's own ports have their places before any Gateway declares them", async () => {
  const { local } = await create(machine());
  expect([...local]).toEqual([
    [80, 8080],
    [443, 8443],
    [31400, 31400],
  ]);
});

test("a Gateway for the pod's port opens no second one", async () => {
  const ports = await create(machine());
  await ports.open(gateway(8080, 8443, 80, 3001));
  expect(Object.fromEntries(ports.local)).toEqual({ 80: 8080, 443: 8443, 31400: 31400, 3001: 3001 });
});

test('GATEWAY_PORT is the place of both 80 and 8080', async () => {
  const ports = await create(machine(), 9999);
  await ports.open(gateway(8080));
  expect(ports.local.get(80)).toBe(9999);
  expect(ports.local.has(8080)).toBe(false);
});

test('a port that a stranger took before any Gateway declared it moves on, and one that is served stays', async () => {
  const strangers: number[] = [];
  const ports = await create(machine(), undefined, strangers);
  await ports.open(gateway(80));
  strangers.push(8080, 8443);
  await ports.open(gateway(8080, 8443));
  expect(Object.fromEntries(ports.local)).toEqual({ 80: 8080, 443: 8444, 31400: 31400 });
});

test('the ports of its Service lead to this machine by name, and by the numbers that moved', async () => {
  const { local } = await create(machine());
  expect(listed(local)).toEqual([
    'http2 8080:8080 8080',
    'https 8443:8443 8443',
    'tcp 31400:31400 31400',
    'http2-declared 80:8080 http2',
    'https-declared 443:8443 https',
  ]);
});

test('a further port has the name of the Gateway that declares it, if a Service can have that name', async () => {
  const ports = await create(machine());
  await ports.open(gateway(3001, 3002, 3003, 3004));
  const names = new Map([
    [3001, 'userapi'],
    [3002, 'HTTP_2'],
    [3003, 'userapi'],
    [3004, 'tcp'],
  ]);
  expect(gatewayServicePorts(ports.local, names).map(({ name, port }) => `${name} ${port}`)).toEqual([
    'http2 8080',
    'https 8443',
    'tcp 31400',
    'userapi 3001',
    'port-3002 3002',
    'port-3003 3003',
    'port-3004 3004',
    'http2-declared 80',
    'https-declared 443',
  ]);
});

test('where ports are taken, each number is listed once, and names mean the local port', async () => {
  const ports = await create(machine(8080, 31400));
  await ports.open(gateway(8081, 3001));
  const listing = listed(ports.local);
  expect(listing).toEqual([
    'http2 8081:8081 8080',
    'https 8443:8443 8443',
    'tcp 31401:31401 31400',
    'port-8081 8082:8082 8081',
    'port-3001 3001:3001 3001',
    'http2-declared 80:8081 http2',
    'https-declared 443:8443 https',
    'tcp-declared 31400:31401 tcp',
  ]);
});
