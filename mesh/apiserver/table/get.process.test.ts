import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KubectlSession, kubectlSession } from '#mesh/apiserver/testing/kubectl-session.ts';
import { webDeployment, webRoutes, webService } from '#mesh/apiserver/testing/manifests.ts';
import { needs } from '#test/components/component.ts';
import { kubectl, startKubectl } from '#test/components/kubectl.ts';

let session: KubectlSession;

/** A line with its columns apart, whatever their width. */
const columns = (line: string | undefined) => (line ?? '').trim().split(/\s{2,}/);
const lines = (text: string) => text.trimEnd().split('\n');

describe('kubectl get', needs(kubectl), () => {
  beforeAll(async () => {
    session = await kubectlSession();
    await session.create(webDeployment());
    await session.create(webService());
    await session.create(webRoutes());
    await session.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'b', namespace: 'other' },
    });
    await session.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a', namespace: 'other' },
      data: { x: '1', y: '2' },
    });
  });
  afterAll(async () => {
    await session.close();
    expect(session.bugs).toEqual([]);
  });

  it.each([
    ['deploy', 'NAME READY UP-TO-DATE AVAILABLE AGE', 'web 0/2 0 0'],
    ['deploy -o wide', 'NAME READY UP-TO-DATE AVAILABLE AGE CONTAINERS IMAGES SELECTOR', 'web 0/2 0 0'],
    ['svc', 'NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE', 'web ClusterIP <none> <none> 80/TCP'],
    ['vs', 'NAME GATEWAYS HOSTS AGE', 'web'],
    ['deploy --show-labels', 'NAME READY UP-TO-DATE AVAILABLE AGE LABELS', 'web 0/2 0 0'],
    ['deploy -L app', 'NAME READY UP-TO-DATE AVAILABLE AGE APP', 'web 0/2 0 0'],
    ['cm -n other', 'NAME DATA AGE', 'a 2'],
    ['cm -A', 'NAMESPACE NAME DATA AGE', 'other a 2'],
  ])('%s', async (words, header, row) => {
    const [first, second] = lines(await session.out('get', ...words.split(' ')));
    expect(columns(first).join(' ')).toBe(header);
    expect(columns(second).join(' ').startsWith(row)).toBe(true);
  });

  it('shows ages, labels and what -o wide adds', async () => {
    const [, row] = lines(await session.out('get', 'deploy', '-o', 'wide', '--show-labels'));
    expect(columns(row).slice(4)).toEqual([
      expect.stringMatching(/^\d+s$/),
      ...['web', 'nginx:1', 'app=web', 'app=web'],
    ]);
    expect(columns(lines(await session.out('get', 'vs'))[1])).toEqual([
      'web',
      '["web"]',
      expect.stringMatching(/^\d+s$/),
    ]);
  });

  it.each([
    ['cm -n other --no-headers -o name', 'configmap/a\nconfigmap/b\n'],
    ['cm -n other -o jsonpath={.items[*].metadata.name}', 'a b'],
    ['cm -n other --sort-by=.metadata.creationTimestamp -o name', /configmap\/[ab]\nconfigmap\/[ab]\n/],
    [
      'deploy web -o custom-columns=N:.metadata.name,I:.spec.template.spec.containers[*].image',
      /^N +I\nweb +nginx:1\n$/,
    ],
    ['deploy web -o go-template={{.metadata.name}}', 'web'],
    ['cm -n other -l none=such -o name', ''],
    ['cm -n other --field-selector metadata.name=b -o name', 'configmap/b\n'],
    ['all -o name', 'service/web\ndeployment.apps/web\n'],
    ['istio-io -o name', 'virtualservice.networking.istio.io/web\n'],
    [
      'virtualservices.v1beta1.networking.istio.io web -o jsonpath={.apiVersion}',
      'networking.istio.io/v1beta1',
    ],
  ])('%s', async (words, printed) => {
    const out = await session.out('get', ...words.split(' '));
    if (typeof printed === 'string') expect(out).toBe(printed);
    else expect(out).toMatch(printed);
  });

  it('writes YAML and JSON without managed fields', async () => {
    expect(await session.out('get', 'deploy', 'web', '-o', 'yaml')).toMatch(
      /^apiVersion: apps\/v1\nkind: Deployment\nmetadata:\n/,
    );
    expect(JSON.parse(await session.out('get', 'deploy,svc', '-o', 'json'))).toMatchObject({
      kind: 'List',
      items: [{ kind: 'Deployment' }, { kind: 'Service' }],
    });
  });

  it('says what is missing', async () => {
    expect(await session.run('get', 'deploy', 'nothing')).toMatchObject({
      code: 1,
      err: 'Error from server (NotFound): deployments.apps "nothing" not found\n',
    });
    expect((await session.run('get', 'nonsense')).err).toContain('doesn\'t have a resource type "nonsense"');
    expect((await session.run('get', 'pods')).err).toBe('No resources found in default namespace.\n');
  });

  it('-w follows changes, a row each', async () => {
    const watching = startKubectl(session.options, 'get', 'cm', '-n', 'followed', '-w');
    let seen = '';
    watching.stdout?.on('data', (chunk: Buffer) => (seen += chunk.toString()));
    const saw = (name: string) => expect.poll(() => seen).toMatch(new RegExp(`^${name} +0 +\\d+s$`, 'm'));
    await session.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'first', namespace: 'followed' },
    });
    await saw('first');
    await session.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'second', namespace: 'followed' },
    });
    await saw('second');
    expect(lines(seen)[0]).toMatch(/^NAME +DATA +AGE$/);
    watching.kill();
  });

  it('a kind that a user has defined has its columns at once', async () => {
    const version = {
      ...{ name: 'v1', served: true, storage: true },
      additionalPrinterColumns: [
        { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
        { name: 'Size', type: 'integer', jsonPath: '.spec.size', priority: 1 },
      ],
      schema: { openAPIV3Schema: { type: 'object' as const, 'x-kubernetes-preserve-unknown-fields': true } },
    };
    session.kinds.define({
      ...{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' },
      metadata: { name: 'widgets.example.com' },
      spec: {
        ...{ group: 'example.com', scope: 'Namespaced' },
        names: { plural: 'widgets', kind: 'Widget', shortNames: ['wi'] },
        versions: [version],
      },
    });
    await session.create({
      ...{ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w', namespace: 'default' } },
      spec: { size: 3 },
    });
    expect(await session.out('get', 'widgets', '-o', 'wide')).toMatch(/^NAME +READY +SIZE\nw +3\n$/);
    expect(await session.out('get', 'wi', '-o', 'name')).toBe('widget.example.com/w\n');
  });
});
