import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { runCli } from '#mesh/cli/testing/run-cli.ts';

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mesh101-import-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A kubectl of a cluster that holds these objects, by `resource.group`, and refuses what is undefined. */
function fakeKubectl(objects: Readonly<Record<string, readonly object[] | undefined>>): string {
  const file = join(folder, 'kubectl');
  const answers = JSON.stringify(objects, (_, value) => value ?? null);
  writeFileSync(
    file,
    `#!${process.execPath}
const answers = ${answers};
const [verb, kind, name] = process.argv.slice(2);
if (verb === 'api-resources') console.log([...Object.keys(answers), 'secrets'].join('\\n'));
else if (kind === 'secrets') throw new Error('secrets must not be asked for');
else if (!answers[kind]) {
  console.error('Error from server (Forbidden): ' + kind + ' is forbidden');
  process.exit(1);
} else if (kind === 'namespace') console.log(JSON.stringify(answers.namespace.find((one) => one.metadata.name === name)));
else console.log(JSON.stringify({ items: answers[kind] }));
`,
  );
  chmodSync(file, 0o755);
  return file;
}

async function importFrom(objects: Parameters<typeof fakeKubectl>[0], ...args: readonly string[]) {
  const kubectl = fakeKubectl(objects);
  const target = mkdtempSync(join(folder, 'to-'));
  const overrides = { env: { PATH: process.env['PATH'] }, provideKubectl: async () => kubectl };
  const run = await runCli(['import', '-d', target, ...args], { overrides });
  const read = (name: string) =>
    parseAllDocuments(readFileSync(join(target, name), 'utf8')).map((document) => document.toJS());
  return { ...run, target, read };
}

const given = { uid: 'x', resourceVersion: '7', creationTimestamp: 'then', managedFields: [{}] };
const service = {
  ...{ apiVersion: 'v1', kind: 'Service' },
  metadata: {
    name: 'web',
    namespace: 'shop',
    ...given,
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
  },
  spec: {
    clusterIP: '10.0.0.1',
    clusterIPs: ['10.0.0.1'],
    selector: { app: 'web' },
    ports: [{ port: 80, nodePort: 30_080 }],
  },
  status: { loadBalancer: {} },
};
const deployment = {
  ...{
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop', generation: 3 },
  },
  spec: {
    template: {
      spec: {
        containers: [
          {
            name: 'web',
            env: [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'database', key: 'password' } } }],
          },
        ],
        volumes: [{ name: 'keys', secret: { secretName: 'keys' } }],
      },
    },
  },
};
const gateway = {
  ...{
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: 'public', namespace: 'istio-system' },
  },
  spec: { servers: [{ tls: { mode: 'SIMPLE', credentialName: 'public-cert' } }] },
};
const namespace = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'shop', labels: { 'istio-injection': 'enabled' }, uid: 'y' },
};
const system = { ...service, metadata: { name: 'dns', namespace: 'kube-system' } };

describe('mesh import', () => {
  it('writes what somebody wrote, without what the cluster added, and stand-ins for Secrets', async () => {
    const { stdout, stderr, exitCode, read } = await importFrom({
      services: [
        service,
        system,
        { ...service, metadata: { name: 'owned', namespace: 'shop', ownerReferences: [{}] } },
      ],
      'deployments.apps': [deployment],
      'gateways.networking.istio.io': [gateway],
      namespace: [namespace],
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('1 Service, 1 Deployment, 1 Gateway\n');
    expect(stdout).toContain('Secret shop/database is a stand-in');
    expect(read('shop/service.yaml')).toEqual([
      {
        ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'shop' } },
        spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
      },
    ]);
    expect(read('namespaces.yaml')).toEqual([
      {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: 'shop', labels: { 'istio-injection': 'enabled' } },
      },
    ]);
    expect(read('shop/secret.yaml').map(({ metadata, stringData }) => [metadata.name, stringData])).toEqual([
      ['database', { password: 'left-out-by-mesh-import' }],
      ['keys', { value: 'left-out-by-mesh-import' }],
    ]);
    expect(read('istio-system/secret.yaml')[0]).toMatchObject({
      type: 'kubernetes.io/tls',
      stringData: { 'tls.crt': expect.stringContaining('BEGIN CERTIFICATE') },
    });
  });

  it("reads Gateway API's objects, with stand-ins for the certificates that they show", async () => {
    const group = 'gateway.networking.k8s.io';
    const of = (kind: string, spec: object) => ({
      ...{ apiVersion: `${group}/v1`, kind, metadata: { name: 'web', namespace: 'shop' }, spec },
    });
    const { exitCode, stderr, stdout, read } = await importFrom({
      [`gateways.${group}`]: [
        of('Gateway', {
          listeners: [{ tls: { certificateRefs: [{ name: 'shown' }] } }],
          tls: { backend: { clientCertificateRef: { name: 'shown-to-backends' } } },
        }),
      ],
      [`backendtlspolicies.${group}`]: [of('BackendTLSPolicy', { validation: { hostname: 'web' } })],
      namespace: [namespace],
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('1 Gateway, 1 BackendTLSPolicy\n');
    expect(read('shop/backendtlspolicy-api.yaml')).toMatchObject([
      { spec: { validation: { hostname: 'web' } } },
    ]);
    expect(read('shop/secret.yaml').map(({ type, metadata }) => [metadata.name, type])).toEqual([
      ['shown', 'kubernetes.io/tls'],
      ['shown-to-backends', 'kubernetes.io/tls'],
    ]);
  });

  it('tells what may not be read, and reads the rest', async () => {
    const { exitCode, stderr, stdout } = await importFrom({
      services: [service],
      configmaps: undefined,
      'deployments.apps': undefined,
      namespace: undefined,
    });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('1 Service\n');
    expect(stderr).toBe(
      'warning: the cluster does not let you list configmaps, deployments.apps, so they are left out\n' +
        '  fix: you may be allowed to read one namespace: -n NAME\n' +
        'warning: cannot read the namespace shop, so its pods get sidecars\n',
    );
  });

  it('imports nothing from an empty cluster, and nothing over other files', async () => {
    expect(await importFrom({ services: [system] })).toMatchObject({
      exitCode: 1,
      stderr: 'error: the cluster has nothing to import\n',
    });
    const { target } = await importFrom({ services: [service], namespace: [namespace] });
    expect(readdirSync(target)).toEqual(['namespaces.yaml', 'shop']);
    const again = await runCli(['import', '-d', target]);
    expect(again.stderr).toContain('is not empty; name another folder with -d');
  });
});
