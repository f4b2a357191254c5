import { expect, test } from 'vitest';
import { GatewayAddresses, gatewayOfPod } from '#mesh/kubelet/ports/gateway-addresses.ts';
import { createPorts } from '#mesh/kubelet/ports/ports.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';

const onLinux = test.runIf(process.platform === 'linux');

onLinux('each Gateway has an address of its own, the same one as long as it is there', async () => {
  const ports = createPorts({ directory: temporaryDirectory() });
  const addresses = new GatewayAddresses(ports);
  const web = await addresses.open('default/web', [8080]);
  expect(web.address).toMatch(/^127\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.\d+\.\d+$/);
  expect([...web.ports]).toEqual([[8080, 8080]]);
  const shop = await addresses.open('shop/web', []);
  expect(shop.address).not.toBe(web.address);
  const more = await addresses.open('default/web', [8080, 9090]);
  expect(more.address).toBe(web.address);
  expect([...more.ports.keys()]).toEqual([8080, 9090]);
  expect(addresses.of('default/web')).toBe(more);
});

onLinux('another mesh takes another address, until the first one gives it back', async () => {
  const directory = temporaryDirectory();
  const [one, other] = [0, 1].map(() => new GatewayAddresses(createPorts({ directory })));
  const first = await one?.open('default/web', []);
  const second = await other?.open('default/web', []);
  expect(second?.address).not.toBe(first?.address);
  one?.keep(new Set());
  expect(one?.of('default/web')).toBeUndefined();
  const third = new GatewayAddresses(createPorts({ directory }));
  expect((await third.open('default/web', [])).address).toBe(first?.address);
});

/** A machine on which listening fails in this way. */
const machine = (fails: (host: string, port: number) => string | undefined) => {
  const ports = createPorts({ directory: temporaryDirectory() });
  return new GatewayAddresses(ports, async (host, port) => fails(host, port));
};

test('where there is one address of loopback, Gateways share it and have ports of their own', async () => {
  const mac = machine((host) => (host === '127.0.0.1' ? undefined : 'EADDRNOTAVAIL'));
  const web = await mac.open('default/web', [80, 9090]);
  const shop = await mac.open('default/shop', [80]);
  expect([web.address, shop.address]).toEqual(['127.0.0.1', '127.0.0.1']);
  const [first = 0, second = 0] = [web.ports.get(80), shop.ports.get(80)];
  expect(first).toBeGreaterThanOrEqual(8080);
  expect(second).toBeGreaterThan(first);
  expect(web.ports.get(9090)).toBeGreaterThanOrEqual(9090);
  mac.keep(new Set(['default/shop']));
  expect(mac.of('default/web')).toBeUndefined();
});

test('where this user may not open ports below 1024, they move up, each to one that no other listener wants', async () => {
  const user = machine((_, port) => (port > 0 && port < 1024 ? 'EACCES' : undefined));
  const { address, ports } = await user.open('default/web', [22, 80, 443, 8080, 9000]);
  expect(address).toMatch(/^127\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./);
  expect(Object.fromEntries(ports)).toEqual({ 22: 8022, 80: 8081, 443: 8443, 8080: 8080, 9000: 9000 });
});

test('where another program has a port at every address, the Gateway moves past it', async () => {
  const busy = machine((_, port) => (port === 80 || port === 8080 ? 'EADDRINUSE' : undefined));
  expect([...(await busy.open('default/web', [80])).ports]).toEqual([[80, 8081]]);
});

test('a Gateway gets the address of loopback that it names, unless another one has it', async () => {
  const linux = machine((host) => (host.startsWith('127.') ? undefined : 'EADDRNOTAVAIL'));
  expect((await linux.open('default/web', [80], ['10.0.0.1', '127.5.0.1'])).address).toBe('127.5.0.1');
  for (const [gateway, wanted] of [
    ['default/second', '127.5.0.1'],
    ['default/third', '10.0.0.1'],
    ['default/fourth', '127.0.0.1'],
  ] as const)
    expect((await linux.open(gateway, [80], [wanted])).address).toMatch(
      /^127\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./,
    );
});

test('a Gateway that names another address later moves there, and gives the old one back', async () => {
  const linux = machine((host) => (host.startsWith('127.') ? undefined : 'EADDRNOTAVAIL'));
  await linux.open('default/web', [80], ['127.5.0.1']);
  expect((await linux.open('default/web', [80], ['127.5.0.2'])).address).toBe('127.5.0.2');
  expect((await linux.open('default/web', [80], ['10.0.0.1'])).address).toBe('127.5.0.2');
  expect((await linux.open('default/other', [80], ['127.5.0.1'])).address).toBe('127.5.0.1');
});

test('a pod says which Gateway it was made for', () => {
  const labels = { 'gateway.networking.k8s.io/gateway-name': 'web' };
  expect(gatewayOfPod({ namespace: 'shop', labels })).toBe('shop/web');
  expect(gatewayOfPod({ namespace: 'shop', labels: {} })).toBeUndefined();
});
