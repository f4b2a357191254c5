import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterConfig, isCluster } from '#test/clients/target.ts';
import { needs } from '#test/components/component.ts';
import { askIstioctl, istioctl } from '#test/components/istioctl.ts';
import { kubectl } from '#test/components/kubectl.ts';
import { type OwnMesh, ROOT, startOwnMesh } from '#test/own-mesh.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';

const run = promisify(execFile);

/** A cluster's Istio has a version of its own. */
const version = isCluster ? '\\S+' : '1\\.32\\.0';

/** Commands, and what each of them prints among other things. */
const answers: readonly (readonly [string, RegExp])[] = [
  [
    'proxy-config clusters deploy/frontend-prod',
    /middleware\.default\.svc\.cluster\.local +80 +canary +outbound +EDS/,
  ],
  ['proxy-config clusters deploy/frontend-prod --direction inbound', /3000 +- +inbound/],
  [
    'proxy-config routes svc/frontend',
    /(http_proxy|80) +middleware\.default\.svc\.cluster\.local:80 .*middleware\.default/,
  ],
  [
    'proxy-config routes deploy/istio-ingressgateway.istio-system',
    /http\.(80|8080) .*frontend-ingress\.default/,
  ],
  ['proxy-config listeners deploy/frontend-prod', /Cluster: inbound\|3000\|\|/],
  ['proxy-config endpoints deploy/frontend-prod', /HEALTHY +OK +outbound\|80\|prod\|middleware/],
  ['proxy-config secret deploy/frontend-prod', /default +Cert Chain +ACTIVE +true +[0-9a-f]{32} +20/],
  ['proxy-config secret deploy/frontend-prod', /ROOTCA +CA +ACTIVE +true/],
  ['proxy-config all deploy/frontend-prod', new RegExp(`Istio Version: ${version}`)],
  ['proxy-config bootstrap deploy/frontend-prod -o short', new RegExp(`Istio Version: ${version}`)],
  // Only a WasmPlugin would give a cluster's Envoy something by ECDS.
  ...(isCluster ? [] : [['proxy-config ecds deploy/frontend-prod', /policies +envoy\.extensions/] as const]),
  ['proxy-config log deploy/frontend-prod --level http:debug', /http: debug/],
  ['x describe svc frontend', /Exposed on Ingress Gateway http:\/\/\d+\./],
  ['x authz check deploy/frontend-prod', /ACTION +AuthorizationPolicy +RULES/],
  [
    'x check-inject deploy/frontend-prod',
    /istio-revision-tag-default +default .*istio-injection=enabled matches/,
  ],
  ['x injector list', /default +istio-revision-tag-default +default +\S+\/proxyv2:/],
  ['x internal-debug registryz', /"hostname": "middleware\.default\.svc\.cluster\.local"/],
  ['x internal-debug mesh', /"rootNamespace": "istio-system"/],
  ['remote-clusters', /Kubernetes +synced +istiod-/],
];

/**
 * The real istioctl on a mesh with the chain: docs/istioctl.md has the whole table. With `TARGET=cluster`, on the cluster that
 * KUBECONFIG names, where the chain must be deployed, with routing-3.
 */
describe('the real istioctl on a mesh', needs(istioctl), () => {
  let mesh: OwnMesh | undefined;
  let config: string;
  beforeAll(async () => {
    if (isCluster) config = clusterConfig();
    else {
      mesh = await startOwnMesh('--traces-to', 'none');
      config = join(mesh.env['MESH_HOME'] ?? '', 'kubeconfig');
    }
  });
  afterAll(() => mesh?.close());

  const ask = async (words: string) => {
    const { stdout, stderr } = await askIstioctl('--kubeconfig', config, ...words.split(' '));
    return stdout + stderr;
  };
  const inKubectl = (...words: string[]) =>
    run(kubectl.path, ['--kubeconfig', config, ...words], { cwd: ROOT });

  it('finds the control plane and its Envoys', async () => {
    const text = await ask('version');
    expect(text).toMatch(new RegExp(`control plane version: ${version}`));
    expect(text).toMatch(new RegExp(`data plane version: ${version} \\(5 proxies\\)`));
    expect(await ask('x version')).toMatch(new RegExp(`data plane version: ${version} \\(5 proxies\\)`));
  });

  it('sees each Envoy in step with what it was sent', async () => {
    const rows = (await ask('proxy-status -v 1')).trim().split('\n').slice(1);
    expect(rows).toHaveLength(5);
    for (const row of rows) expect(row.match(/SYNCED/g)).toHaveLength(5);
  });

  it.each(['deploy/backend-prod', 'deploy/istio-ingressgateway.istio-system'])(
    'finds no difference between what %s has and what it should have',
    async (target) => {
      const text = await ask(`proxy-status ${target}`);
      expect(text).toContain('Clusters Match\nListeners Match\nRoutes Match');
    },
  );

  it('has nothing against the mesh as it stands', async () => {
    expect(await ask(isCluster ? 'analyze' : 'analyze -A')).toContain('No validation issues found');
    expect(await ask('x precheck')).toContain('No issues found');
  });

  it.each(answers)('%s', async (words, output) => {
    expect(await ask(words)).toMatch(output);
  });

  it('describes a pod with what applies to it', async () => {
    const { stdout } = await inKubectl('get', 'pods', '-l', 'app=frontend', '-o', 'name');
    const [pod = ''] = stdout.trim().split('\n');
    const text = await ask(`x describe ${pod.replace('pod/', 'pod ')}`);
    expect(text).toContain('Service: frontend');
    expect(text).toContain('DestinationRule: frontend for "frontend"');
    expect(text).toContain('Workload mTLS mode: PERMISSIVE');
  });

  it('knows the tag of the injector', async () => {
    expect(await ask('tag list')).toMatch(/^default +default/m);
  });

  it('injects a sidecar with which the pod comes up', async () => {
    const injected = join(temporaryDirectory(), 'injected.yaml');
    const plain = 'test/manifests/uninjected.yaml';
    writeFileSync(injected, (await askIstioctl('--kubeconfig', config, 'kube-inject', '-f', plain)).stdout);
    await inKubectl('apply', '-f', injected);
    await inKubectl('rollout', 'status', '-n', 'uninjected', 'deploy/httpbin', '--timeout=90s');
    const { stdout } = await inKubectl('get', 'pods', '-n', 'uninjected', '--no-headers');
    expect(stdout).toMatch(/2\/2 +Running/);
    expect(await ask('proxy-status -n uninjected')).toMatch(/^httpbin-\S+\.uninjected /m);
    await inKubectl('delete', 'namespace', 'uninjected');
  });
});
