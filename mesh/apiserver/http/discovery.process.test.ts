import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KubectlSession, kubectlSession } from '#mesh/apiserver/testing/kubectl-session.ts';
import { needs } from '#test/components/component.ts';
import { kubectl } from '#test/components/kubectl.ts';

let session: KubectlSession;

describe('kubectl finds every kind', needs(kubectl), () => {
  beforeAll(async () => {
    session = await kubectlSession();
  });
  afterAll(() => session.close());

  it('api-resources', async () => {
    const out = await session.out('api-resources', '-o', 'wide', '--no-headers');
    const rows = out
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/\s+/));
    expect(rows).toHaveLength(session.kinds.types.all.length);
    const deployments = rows.find(([name]) => name === 'deployments');
    expect(deployments).toEqual([
      ...['deployments', 'deploy', 'apps/v1', 'true', 'Deployment'],
      ...['create,delete,deletecollection,get,list,patch,update,watch', 'all'],
    ]);
  });

  it('api-versions', async () => {
    const groups = session.kinds.types.all.flatMap(({ group, versions }) =>
      versions.map((version) => (group ? `${group}/${version}` : version)),
    );
    const out = await session.out('api-versions');
    expect(out.trimEnd().split('\n').sort()).toEqual([...new Set(groups)].sort());
  });

  it('by category', async () => {
    const all = await session.out('api-resources', '--categories=all', '-o', 'name');
    expect(all.trimEnd().split('\n')).toEqual([
      ...['pods', 'replicationcontrollers', 'services', 'daemonsets.apps', 'deployments.apps'],
      ...['replicasets.apps', 'statefulsets.apps', 'horizontalpodautoscalers.autoscaling', 'cronjobs.batch'],
      'jobs.batch',
    ]);
  });

  /** Where kinds share a name, the group decides that a cluster names first. */
  it.each([
    ['po', 'pods'],
    ['pods', 'pods'],
    ['nodes', 'nodes'],
    ['events', 'events'],
    ['deploy', 'deployments.apps'],
    ['sts', 'statefulsets.apps'],
    ['hpa', 'horizontalpodautoscalers.autoscaling'],
    ['crds', 'customresourcedefinitions.apiextensions.k8s.io'],
    ['vs', 'virtualservices.networking.istio.io'],
    ['dr', 'destinationrules.networking.istio.io'],
    ['gw', 'gateways.networking.istio.io'],
    ['gtw', 'gateways.gateway.networking.k8s.io'],
    ['gateway', 'gateways.gateway.networking.k8s.io'],
    ['HTTPRoute', 'httproutes.gateway.networking.k8s.io'],
  ])('%s is %s', async (name, resource) => {
    const { err, code } = await session.run('get', name, 'it');
    expect(err).toBe(`Error from server (NotFound): ${resource} "it" not found\n`);
    expect(code).toBe(1);
  });
});

describe('discovery without kubectl', () => {
  beforeAll(async () => {
    session = await kubectlSession();
  });
  afterAll(() => session.close());
  const ask = (path: string, accept: string) => fetch(`${session.url}${path}`, { headers: { accept } });
  const aggregated = (version: string) =>
    `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;

  it.each([
    [aggregated('v2'), 'v2'],
    [aggregated('v2beta1'), 'v2beta1'],
    [`${aggregated('v2')},${aggregated('v2beta1')},application/json`, 'v2'],
  ])('%s', async (accept, version) => {
    const response = await ask('/apis', accept);
    expect(response.headers.get('content-type')).toBe(aggregated(version));
    expect(response.headers.get('vary')).toBe('Accept');
    expect(await response.json()).toMatchObject({
      kind: 'APIGroupDiscoveryList',
      apiVersion: `apidiscovery.k8s.io/${version}`,
    });
  });

  it('legacy', async () => {
    expect(await (await ask('/apis', 'application/json')).json()).toMatchObject({ kind: 'APIGroupList' });
    expect(await (await ask('/apis/autoscaling', 'application/json')).json()).toMatchObject({
      kind: 'APIGroup',
      preferredVersion: { version: 'v2' },
    });
    const core = (await (await ask('/api/v1', 'application/json')).json()) as {
      resources: { name: string }[];
    };
    const names = core.resources.map(({ name }) => name);
    for (const name of ['pods', 'pods/log', 'pods/exec', 'pods/portforward', 'pods/eviction'])
      expect(names).toContain(name);
  });

  it('a client that takes neither form is told so', async () => {
    expect((await ask('/apis', 'application/vnd.kubernetes.protobuf')).status).toBe(406);
  });
});
