import { expect, it } from 'vitest';
import type { TcpService } from '#mesh/istiod/config/build/tcp-services.ts';
import { hostMap } from '#mesh/kubelet/pods/runner-variables.ts';
import { type Ports, TcpPorts } from '#mesh/kubelet/ports/ports.ts';

const redis = serviceAt('redis', 6379);
const mysql = serviceAt('mysqldb', 3306);

it('gives each owner a port for each service, and keeps it while the service is away', async () => {
  const tcp = new TcpPorts(counting());
  expect(await tcp.open('a', [redis, mysql])).toEqual({
    'redis.default.svc.cluster.local:6379': 20001,
    'mysqldb.default.svc.cluster.local:3306': 20002,
  });
  expect(await tcp.open('b', [redis])).toEqual({ 'redis.default.svc.cluster.local:6379': 20003 });
  await tcp.open('a', []);
  expect((await tcp.open('a', [redis]))['redis.default.svc.cluster.local:6379']).toBe(20001);
});

it('gives the ports back with their owner', async () => {
  const ports = counting();
  const tcp = new TcpPorts(ports);
  await tcp.open('a', [redis, mysql]);
  tcp.release('a');
  expect(ports.released).toEqual([20001, 20002]);
  expect(tcp.of('a')).toEqual({});
});

it('tells a program every name that DNS would know in its namespace', async () => {
  const services = [redis, mysql];
  const ports = await new TcpPorts(counting()).open('a', [redis]);
  expect(hostMap({ services, ports, namespace: 'default' }).split(',')).toEqual([
    'redis.default.svc.cluster.local:6379=127.0.0.1:20001',
    'redis:6379=127.0.0.1:20001',
    'redis.default:6379=127.0.0.1:20001',
    'redis.default.svc:6379=127.0.0.1:20001',
    '10.96.0.1:6379=127.0.0.1:20001',
  ]);
  expect(hostMap({ services, ports, namespace: 'other' })).not.toContain('redis:6379');
  expect(hostMap({ services, ports: {}, namespace: 'default' })).toBe('');
});

function serviceAt(name: string, number: number): TcpService {
  const port = { number, name: 'tcp', protocol: 'TCP', trafficPolicies: {} } as const;
  const service: TcpService['service'] = {
    ...{ name, namespace: 'default', clusterIP: '10.96.0.1' },
    location: 'MESH_INTERNAL',
    ...{ ports: [port], subsets: [], endpoints: [], source: { file: 'a.yaml', line: 1, column: 1 } },
    host: `${name}.default.svc.cluster.local`,
  };
  return { service, port };
}

function counting(): Ports & { readonly released: number[] } {
  let last = 20_000;
  const released: number[] = [];
  const lease = async () => {
    last += 1;
    return last;
  };
  return {
    ...{ lease, leaseFrom: lease, leaseExactly: async () => true, released },
    release: (port) => released.push(port),
    leaseAddress: () => true,
    releaseAddress: () => {},
    releaseAll: () => undefined,
  };
}
