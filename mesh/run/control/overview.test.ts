import { expect, it } from 'vitest';
import type { GatewayWorkload } from '#mesh/istiod/model/gateway.ts';
import { gatewayUrls } from '#mesh/run/control/overview.ts';

function gateway(name: string, servers: readonly Partial<GatewayWorkload['servers'][number]>[]) {
  const nothing = { virtualHosts: [], tlsServers: [], sources: [] };
  return {
    ...{ name, namespace: 'default', labels: {}, serviceAccount: name },
    servers: servers.map((server) => ({
      ...{ port: 80, localPort: 80, protocol: 'HTTP' as const },
      ...nothing,
      ...server,
    })),
  };
}

it('says where each Gateway of Gateway API is, once for all of its pods', () => {
  const servers = [
    { address: '127.64.0.9' },
    { address: '127.64.0.9', port: 443, localPort: 8443, protocol: 'HTTPS' as const },
    { address: '127.64.0.9', port: 9000, localPort: 9000, protocol: 'TCP' as const },
  ];
  const gateways = [
    gateway('istio-ingressgateway', [{ localPort: 8080 }]),
    { ...gateway('shop-1', servers), madeFor: 'default/shop' },
    { ...gateway('shop-2', servers), madeFor: 'default/shop' },
    { ...gateway('one', [{ localPort: 8081 }]), madeFor: 'default/one' },
  ];
  expect(gatewayUrls({ gateways }).map(({ name, url }) => `${name}: ${url}`)).toEqual([
    'gateway default/shop port 80: http://127.64.0.9',
    'gateway default/shop port 443: https://127.64.0.9:8443',
    'gateway default/shop port 9000: tcp://127.64.0.9:9000',
    'gateway default/one port 80: http://localhost:8081',
  ]);
});
