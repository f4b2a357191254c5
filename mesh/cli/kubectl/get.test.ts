import { describe, expect, it } from 'vitest';
import { deployment, namespace, object, pod, service } from '#mesh/cli/testing/objects.ts';
import { runCli, runWith } from '#mesh/cli/testing/run-cli.ts';

const networking = 'networking.istio.io/v1';
const mesh = {
  objects: [
    pod('frontend-prod-7c9f8d6b5-x2x4z', { labels: { app: 'frontend', version: 'prod' } }),
    pod('backend-prod-5d4f8d6b5-abcde', {
      labels: { app: 'backend' },
      restartCount: 3,
      waiting: 'CrashLoopBackOff',
    }),
    service('frontend'),
    service('tcp', { type: 'NodePort', ports: [{ port: 9000, nodePort: 31400 }, { port: 9001 }] }),
    deployment('frontend'),
    namespace('default', { 'istio-injection': 'enabled' }),
    namespace('kube-system'),
    object(networking, 'VirtualService', { name: 'frontend', spec: { gateways: ['demo'], hosts: ['*'] } }),
    object(networking, 'ServiceEntry', {
      name: 'time',
      spec: { hosts: ['time.jsontest.com'], location: 'MESH_EXTERNAL', resolution: 'DNS' },
    }),
  ],
};

describe('kubectl get', () => {
  it('prints pods as kubectl does', async () => {
    const { stdout, exitCode } = await runWith(mesh, ['get', 'pods']);
    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      `NAME                            READY   STATUS             RESTARTS   AGE
backend-prod-5d4f8d6b5-abcde    1/2     CrashLoopBackOff   3          4m10s
frontend-prod-7c9f8d6b5-x2x4z   2/2     Running            0          4m10s
`,
    );
  });

  it('prints services with node ports', async () => {
    const { stdout } = await runWith(mesh, ['get', 'svc', '-o', 'wide']);
    expect(stdout).toBe(
      `NAME       TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)                   AGE     SELECTOR
frontend   ClusterIP   10.96.0.5    <none>        80/TCP                    4m10s   app=frontend
tcp        NodePort    10.96.0.5    <none>        9000:31400/TCP,9001/TCP   4m10s   app=tcp
`,
    );
  });

  it("prints Istio's kinds with the columns of their definitions", async () => {
    const { stdout } = await runWith(mesh, ['get', 'vs,se']);
    expect(stdout).toBe(
      `NAME                                          GATEWAYS   HOSTS   AGE
virtualservice.networking.istio.io/frontend   ["demo"]   ["*"]   4m10s

NAME                                    HOSTS                   LOCATION        RESOLUTION   AGE
serviceentry.networking.istio.io/time   ["time.jsontest.com"]   MESH_EXTERNAL   DNS          4m10s
`,
    );
  });

  it('adds a column for a label, empty where the label is missing', async () => {
    const { stdout } = await runWith(mesh, ['get', 'ns', '-L', 'istio-injection']);
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      'NAME          STATUS   AGE     ISTIO-INJECTION',
      'default       Active   4m10s   enabled',
      'kube-system   Active   4m10s   ',
    ]);
  });

  it('shows pods, services, deployments and replica sets for all', async () => {
    const { stdout } = await runWith(mesh, ['get', 'all']);
    expect(stdout.match(/^[a-z.]+\//gm)).toEqual([
      'pod/',
      'pod/',
      'service/',
      'service/',
      'deployment.apps/',
    ]);
  });

  it('selects by label, shows namespaces, and leaves headers out', async () => {
    const { stdout } = await runWith(mesh, [
      'get',
      'pods',
      '-A',
      '-l',
      'app=frontend',
      '--no-headers',
      '--show-labels',
    ]);
    expect(stdout).toBe(
      'default   frontend-prod-7c9f8d6b5-x2x4z   2/2   Running   0     4m10s   app=frontend,version=prod\n',
    );
  });

  it('takes the namespace before or after the verb', async () => {
    for (const argv of [
      ['-n', 'other', 'get', 'pods'],
      ['get', 'pods', '-n=other'],
    ]) {
      const { stdout, stderr, exitCode } = await runWith(mesh, argv);
      expect({ stdout, stderr, exitCode }).toEqual({
        stdout: '',
        stderr: 'No resources found in other namespace.\n',
        exitCode: 0,
      });
    }
  });

  it('prints one object by name, and a List otherwise', async () => {
    const one = await runWith(mesh, ['get', 'svc', 'frontend', '-o', 'json']);
    expect(JSON.parse(one.stdout)).toMatchObject({ kind: 'Service', metadata: { name: 'frontend' } });
    const all = await runWith(mesh, ['get', 'svc', '-ojson']);
    expect(JSON.parse(all.stdout)).toMatchObject({ kind: 'List', items: [{}, {}] });
    expect((await runWith(mesh, ['get', 'deploy/frontend', '-o', 'name'])).stdout).toBe(
      'deployment.apps/frontend\n',
    );
    expect((await runWith(mesh, ['get', 'vs', 'frontend', '-o', 'yaml'])).stdout).toContain(
      'spec:\n  gateways:\n  - demo\n',
    );
  });

  it('evaluates a jsonpath', async () => {
    const { stdout } = await runWith(mesh, ['get', 'pods', '-o', 'jsonpath={.items[*].metadata.name}']);
    expect(stdout).toBe('backend-prod-5d4f8d6b5-abcde frontend-prod-7c9f8d6b5-x2x4z');
  });

  it('reports a missing object as the server does, after what it has found', async () => {
    const { stdout, stderr, exitCode } = await runWith(mesh, [
      'get',
      'deploy',
      'frontend',
      'gone',
      '--no-headers',
    ]);
    expect(stdout).toMatch(/^frontend /);
    expect(stderr).toBe('Error from server (NotFound): deployments.apps "gone" not found\n');
    expect(exitCode).toBe(1);
  });

  it('names what it has when it does not know a kind or an output', async () => {
    const kind = await runWith(mesh, ['get', 'cronjobs']);
    expect(kind.stderr).toContain(`the server doesn't have a resource type "cronjobs"`);
    expect(kind.stderr).toContain('pods (po), services (svc)');
    const output = await runWith(mesh, ['get', 'pods', '-o', 'table']);
    expect(output.stderr).toContain('output format "table"');
    expect([kind.exitCode, output.exitCode]).toEqual([1, 1]);
  });

  it('says how to start a mesh when none is running', async () => {
    const { stderr, exitCode } = await runCli(['get', 'pods']);
    expect(stderr).toBe('error: no mesh is running here; start it with `make up`\n');
    expect(exitCode).toBe(1);
  });
});
