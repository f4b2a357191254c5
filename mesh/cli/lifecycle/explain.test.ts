import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { fakeClient } from '#mesh/cli/testing/fake-client.ts';
import { runCli } from '#mesh/cli/testing/run-cli.ts';
import { readCase } from '#mesh/istiod/envoy/testing/read-case.ts';
import type { Mesh } from '#mesh/istiod/model/mesh.ts';
import { projectRoot } from '#mesh/project-root.ts';

const meshOf = async (name: string): Promise<Mesh> =>
  readCase(await readFile(join(projectRoot, 'mesh/istiod/envoy/testdata', `${name}.in.yaml`), 'utf8')).mesh;

let chain: Mesh;
let gateway: Mesh;

beforeAll(async () => {
  chain = await meshOf('sidecar-routing');
  gateway = await meshOf('gateway');
});

/** With a Gateway of Gateway API beside the installed gateway. */
function withShop(mesh: Mesh): Mesh {
  const servers = (mesh.gateways[0]?.servers ?? []).map((server) => ({
    ...server,
    ...{ localPort: server.port, address: '127.64.0.9' },
  }));
  const shop = {
    ...{ name: 'shop-istio-1', workload: 'shop-istio', namespace: 'default', madeFor: 'default/shop' },
    ...{ labels: {}, serviceAccount: 'shop-istio', servers },
  };
  return { ...mesh, gateways: [shop, ...mesh.gateways] };
}

async function explain(mesh: Mesh, ...argv: string[]) {
  return runCli(['explain', ...argv], { client: { ...fakeClient(), mesh: async () => mesh } });
}

describe('mesh explain', () => {
  it('tells each decision with its file and line', async () => {
    const { stdout, exitCode } = await explain(chain, 'http://middleware/', '--from', 'frontend');
    expect(exitCode).toBe(0);
    await expect(stdout).toMatchFileSnapshot('testdata/explain-middleware.txt');
  });

  it('reads the method and the headers', async () => {
    const header = ['-H', 'x-dev-user: super-secret'];
    const { stdout } = await explain(chain, 'post', 'middleware/a?b=c', ...header, '--from=frontend');
    expect(stdout).toMatch(/^POST http:\/\/middleware\/a\?b=c from sidecar frontend/);
    expect(stdout).toContain('outbound|80|canary|middleware');
  });

  it('starts at the gateway for its own address', async () => {
    const port = gateway.gateways[0]?.servers.find((server) => server.port === 80)?.localPort;
    const { stdout } = await explain(gateway, `http://localhost:${port}/`);
    expect(stdout).toContain('from gateway ');
    expect(stdout).toContain(`0.0.0.0_80 at 127.0.0.1:${port}\n`);
  });

  it.each([
    ['http://127.64.0.9/'],
    ['http://shop.example/', '--from', 'gateway/shop'],
    ['http://shop.example/', '--from', 'default/shop'],
    ['http://shop.example/', '--from', 'deploy/shop-istio'],
    ['http://shop.example/', '--from', 'shop-istio-1'],
  ])('starts at the Gateway that is meant: %s %s %s', async (...argv) => {
    const { stdout } = await explain(withShop(gateway), ...argv);
    expect(stdout).toContain(
      ' from gateway shop-istio-1.default\n\nlistener      0.0.0.0_80 at 127.64.0.9:80\n',
    );
  });

  it('starts at the installed gateway where no name is given, whatever other Gateways there are', async () => {
    const { stdout } = await explain(withShop(gateway), 'http://localhost/');
    expect(stdout).toContain(' from gateway istio-ingressgateway.istio-system\n');
  });

  it('prints data', async () => {
    const { stdout } = await explain(chain, 'http://middleware/', '-o', 'json', '--from', 'frontend');
    expect(JSON.parse(stdout)).toMatchObject({ virtualHost: { domain: 'middleware' } });
  });

  it.each([
    [['http://['], 'is not a URL'],
    [['http://middleware/', '-H', 'nonsense'], "write -H 'name: value'"],
    [['http://middleware/', '--from', 'nobody'], 'no pod "nobody" in namespace default; --from can be: '],
    [['http://middleware/', '-n', 'empty'], 'no pod in namespace empty'],
  ])('%j is refused', async (argv, message) => {
    const { exitCode, stderr } = await explain(chain, ...argv);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(1);
  });
});
