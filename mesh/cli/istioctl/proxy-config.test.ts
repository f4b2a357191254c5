import { describe, expect, it } from 'vitest';
import { deployment, pod } from '#mesh/cli/testing/objects.ts';
import { runWith } from '#mesh/cli/testing/run-cli.ts';
import type { EnvoyConfig } from '#mesh/envoy/config.ts';
import type { ProxyDump } from '#mesh/run/api.ts';

const istio = (kind: string, name: string) => ({
  filter_metadata: { istio: { config: `/apis/networking.istio.io/v1/namespaces/default/${kind}/${name}` } },
});
const prod = 'outbound|80|prod|middleware.default.svc.cluster.local';
const config: EnvoyConfig = {
  listeners: [
    {
      name: 'http_tunnel',
      internal_listener: {},
      filter_chains: [{ filters: [{ typed_config: { rds: { route_config_name: 'http_proxy' } } }] }],
    },
    {
      address: { socket_address: { address: '127.0.0.1', port_value: 15006 } },
      filter_chains: [
        {
          filter_chain_match: { transport_protocol: 'tls', application_protocols: ['istio', 'h2'] },
          filters: [
            { typed_config: { route_config: { virtual_hosts: [{ routes: [{ match: { prefix: '/' } }] }] } } },
          ],
        },
      ],
      default_filter_chain: { filters: [{ typed_config: { cluster: 'BlackHoleCluster' } }] },
    },
    {
      address: { socket_address: { address: '127.0.0.1', port_value: 80 } },
      filter_chains: [{ filters: [{ typed_config: { rds: { route_config_name: 'http_proxy' } } }] }],
    },
  ],
  routes: {
    '8000': {
      virtual_hosts: [{ name: 'httpbin:8000', domains: ['httpbin'], routes: [{ match: { path: '/get' } }] }],
    },
    http_proxy: {
      virtual_hosts: [
        {
          name: 'middleware.default.svc.cluster.local:80',
          domains: [
            'middleware',
            'middleware:80',
            'middleware.default',
            'middleware.default.svc',
            'm.d.svc.local',
          ],
          routes: [
            {
              match: {
                prefix: '/',
                headers: [{ name: 'x-dev-user', string_match: { exact: 'super-secret' } }],
              },
              metadata: istio('virtual-service', 'middleware'),
            },
            { match: { safe_regex: { regex: '/v[12]' } } },
          ],
        },
      ],
    },
  },
  clusters: [
    {
      name: prod,
      type: 'STATIC',
      metadata: istio('destination-rule', 'middleware'),
      load_assignment: {
        endpoints: [
          {
            lb_endpoints: [
              { endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: 41233 } } } },
            ],
          },
        ],
      },
    },
    { name: 'BlackHoleCluster', type: 'STATIC' },
    {
      name: 'http_tunnel',
      type: 'STATIC',
      load_assignment: {
        endpoints: [
          {
            lb_endpoints: [
              { endpoint: { address: { envoy_internal_address: { server_listener_name: 'http_tunnel' } } } },
            ],
          },
        ],
      },
    },
  ],
  secrets: ['default'],
};
const dump: ProxyDump = {
  name: 'frontend-a',
  namespace: 'default',
  role: 'sidecar',
  adminPort: 41300,
  config,
  version: '7',
  synced: true,
  secrets: [
    {
      name: 'default',
      type: 'Cert Chain',
      serialNumber: '2a',
      notBefore: '2020-01-01T00:00:00Z',
      notAfter: '2020-01-02T00:00:00Z',
    },
  ],
};
const frontend = {
  name: 'frontend-a',
  namespace: 'default',
  ready: '2/2',
  status: 'Running',
  restarts: 0,
  ports: {},
};
const mesh = {
  objects: [deployment('frontend'), pod('frontend-a', { labels: { app: 'frontend' } })],
  proxies: { 'frontend-a.default': dump },
  overview: {
    pods: [
      { ...frontend, adminPort: 41300 },
      { ...frontend, name: 'plain' },
    ],
    urls: [],
    standIns: [],
  },
};
const show = async (...argv: string[]) => (await runWith(mesh, ['istioctl', 'proxy-config', ...argv])).stdout;

describe('istioctl proxy-config', () => {
  it.each(['routes', 'clusters', 'listeners', 'endpoints', 'secrets'] as const)(
    'prints %s',
    async (section) => {
      const table = await show(section, 'deploy/frontend');
      await expect(table).toMatchFileSnapshot(`testdata/${section}.txt`);
      expect(await show(section.slice(0, -1), 'frontend-a.default')).toBe(table);
    },
  );

  it('prints only what is asked for', async () => {
    const rows = async (...argv: string[]) => (await show(...argv, 'frontend-a')).split('\n').length - 2;
    expect(await rows('routes', '--name', '8000')).toBe(1);
    expect(await rows('routes', '--name', '80')).toBe(2);
    expect(await rows('clusters', '--fqdn', 'middleware.default.svc.cluster.local')).toBe(1);
    expect(await rows('clusters', '--port', '81')).toBe(0);
    expect(await rows('listeners', '--port', '15006')).toBe(2);
    expect(await rows('endpoints', '--cluster', prod)).toBe(1);
  });

  it('prints all sections, or their data', async () => {
    expect(
      (await show('all', 'frontend-a')).match(/^(ADDRESSES|NAME|SERVICE FQDN|ENDPOINT|RESOURCE NAME)/gm),
    ).toHaveLength(5);
    expect(JSON.parse(await show('routes', 'frontend-a', '-o', 'json', '--name', '8000'))).toEqual([
      config.routes['8000'],
    ]);
    expect(JSON.parse(await show('all', 'frontend-a', '-o', 'json'))).toMatchObject({
      clusters: config.clusters,
    });
    expect(await show('clusters', 'frontend-a', '-o', 'yaml')).toContain(`name: ${prod}\n`);
  });

  it('refuses other formats', async () => {
    const { exitCode, stderr } = await runWith(mesh, ['pc', 'routes', 'frontend-a', '-o', 'xml']);
    expect([exitCode, stderr]).toEqual([
      1,
      'error: output format "xml" not supported; use json, yaml or short\n',
    ]);
  });
});

describe('istioctl proxy-status', () => {
  it('shows every Envoy and its version', async () => {
    const { stdout } = await runWith(mesh, ['istioctl', 'proxy-status']);
    expect(stdout).toBe(
      `NAME                   ROLE        CONFIGURATION     VERSION
frontend-a.default     sidecar     SYNCED            7
`,
    );
  });
});
