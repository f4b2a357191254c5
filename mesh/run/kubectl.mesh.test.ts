import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '#mesh/run/testing/eventually.ts';
import { Kubectl, seen } from '#mesh/run/testing/kubectl.ts';
import { manifest, type StartedMesh, startMesh } from '#mesh/run/testing/started-mesh.ts';
import { needs } from '#test/components/component.ts';
import { kubectl as component } from '#test/components/kubectl.ts';

const timeout = '--timeout=60s';
const jsonPath = (path: string) => `-o=jsonpath={${path}}`;

describe('the real kubectl on a mesh', needs(component), () => {
  let mesh: StartedMesh;
  let kubectl: Kubectl;
  const out = (...words: string[]) => kubectl.out(...words);
  const podOf = (version: string) =>
    out('get', 'pods', '-l', `version=${version}`, jsonPath('.items[0].metadata.name'));

  beforeAll(async () => {
    mesh = await startMesh();
    kubectl = new Kubectl(mesh.home);
    const said = await kubectl.apply(manifest('echo.yaml'));
    expect(said.split('\n').slice(0, 3)).toEqual([
      'service/echo created',
      'deployment.apps/echo-v1 created',
      'deployment.apps/echo-v2 created',
    ]);
    await out('rollout', 'status', 'deployment/echo-v1', timeout);
    await out('rollout', 'status', 'deployment/echo-v2', timeout);
  });
  afterAll(() => mesh.end());

  test('an apply of what is there changes nothing, and diff finds nothing', async () => {
    const said = await kubectl.apply(manifest('echo.yaml'));
    expect(
      new Set(
        said
          .trim()
          .split('\n')
          .map((line) => line.split(' ')[1]),
      ),
    ).toEqual(new Set(['unchanged']));
    expect(await kubectl.run(['diff', '-f', '-'], manifest('echo.yaml'))).toMatchObject({ code: 0, out: '' });
  });

  test('what `mesh up` has applied is unchanged for kubectl, whatever the order of its keys', async () => {
    const file = `
apiVersion: v1
kind: ConfigMap
metadata: { name: from-up, labels: { b: '1', a: '2' } }
data: { text: 'a < b & c', empty: '' }
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: from-up }
spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
---
apiVersion: v1
kind: Namespace
metadata: { name: from-up }
`;
    await mesh.apply(file);
    expect(await kubectl.apply(file)).toBe(
      'configmap/from-up unchanged\npersistentvolumeclaim/from-up unchanged\nnamespace/from-up unchanged\n',
    );
  });

  test('pods are shown with their containers, and a watch shows what happens', async () => {
    expect(await out('get', 'pods')).toMatch(
      /^NAME +READY +STATUS +RESTARTS +AGE\necho-v1-\S+ +2\/2 +Running +0 /,
    );
    const watch = kubectl.start('get', 'pods', '-w', '--no-headers', '-l', 'version=v2');
    await seen(watch.stdout, /2\/2 +Running/);
    await out('scale', 'deployment/echo-v2', '--replicas=2');
    await seen(watch.stdout, /2\/2 +Running/);
    await out('scale', 'deployment/echo-v2', '--replicas=1');
    await seen(watch.stdout, /Terminating/);
    watch.kill();
    await once(watch, 'close');
  });

  test('logs are followed, and those of the run before are kept', async () => {
    const pod = await podOf('v1');
    const follower = kubectl.start('logs', '-f', pod);
    await seen(follower.stdout, 'listening');
    await mesh.get('/crash');
    await seen(follower.stdout, 'listening');
    follower.kill();
    await eventually(
      () => out('get', 'pod', pod, jsonPath('.status.containerStatuses[0].restartCount')),
      (count) => count === '1',
    );
    expect(await out('logs', '--previous', pod)).toBe('listening\n');
    expect(await out('logs', pod, '--tail=1')).toBe('listening\n');
    await out('wait', '--for=condition=Ready', `pod/${pod}`, timeout);
  });

  test('exec has standard input, an exit code, and every container', async () => {
    const pod = await podOf('v1');
    expect(await kubectl.run(['exec', '-i', pod, '--', 'cat'], 'from here')).toMatchObject({
      code: 0,
      out: 'from here',
    });
    expect((await kubectl.run(['exec', pod, '--', 'sh', '-c', 'exit 7'])).code).toBe(7);
    expect(await out('exec', 'deploy/echo-v1', '--', 'sh', '-c', 'echo $SERVICE_NAME')).toBe('v1\n');
    const info = await out(
      'exec',
      pod,
      '-c',
      'istio-proxy',
      '--',
      'pilot-agent',
      'request',
      'GET',
      'server_info',
    );
    expect(JSON.parse(info)).toMatchObject({ state: 'LIVE' });
    expect((await kubectl.run(['exec', pod, '-c', 'nobody', '--', 'true'])).err).toContain('nobody');
  });

  test('cp brings a file into a pod and back', async () => {
    const pod = await podOf('v1');
    const [there, back] = [join(mesh.home, 'there'), join(mesh.home, 'back')];
    writeFileSync(join(mesh.home, 'file'), 'some text\n');
    await out('cp', 'file', `${pod}:${there}`);
    expect(readFileSync(there, 'utf8')).toBe('some text\n');
    await out('cp', `${pod}:${there}`, 'back');
    expect(readFileSync(back, 'utf8')).toBe('some text\n');
  });

  test.each(['pod', 'service/echo', 'deployment/echo-v1'])(
    'port-forward reaches a program: %s',
    async (what) => {
      const target = what === 'pod' ? `pod/${await podOf('v1')}` : what;
      const forward = kubectl.start('port-forward', target, what.startsWith('service') ? ':80' : ':8080');
      const said = await seen(forward.stdout, 'Forwarding from');
      const port = /127\.0\.0\.1:(\d+)/.exec(said)?.[1];
      expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toMatch(/^v[12]$/);
      forward.kill();
      await once(forward, 'close');
    },
  );

  test('a rollout is restarted, has a history, and is undone', async () => {
    const deployment = 'deployment/echo-v2';
    const before = await podOf('v2');
    await out('rollout', 'restart', deployment);
    expect(await out('rollout', 'status', deployment, timeout)).toContain('successfully rolled out');
    await eventually(
      () => podOf('v2'),
      (pod) => pod !== before,
    );
    await out('set', 'env', deployment, 'COLOUR=blue');
    await out('rollout', 'status', deployment, timeout);
    const history = await out('rollout', 'history', deployment);
    expect(history.match(/^\d+/gm)).toEqual(['1', '2', '3']);
    expect(await out('exec', deployment, '--', 'sh', '-c', 'echo "[$COLOUR]"')).toBe('[blue]\n');
    await out('rollout', 'undo', deployment);
    await out('rollout', 'status', deployment, timeout);
    expect(await out('get', deployment, jsonPath('.spec.template.spec.containers[0].env[*].name'))).toBe(
      'SERVICE_NAME',
    );
  });

  test('a StatefulSet has stable names, and a claim for each of its pods', async () => {
    await kubectl.apply(STATEFUL_SET);
    await out('rollout', 'status', 'statefulset/db', timeout);
    expect(await out('get', 'pods', '-l', 'app=db', jsonPath('.items[*].metadata.name'))).toBe('db-0 db-1');
    expect(await out('get', 'pvc', '-l', 'app=db', jsonPath('.items[*].metadata.name'))).toBe(
      'data-db-0 data-db-1',
    );
    await out('exec', 'db-1', '--', 'sh', '-c', 'echo kept > "$(echo "$VOLUME_MAP" | cut -d= -f2)/file"');
    const uid = await out('get', 'pod', 'db-1', jsonPath('.metadata.uid'));
    await out('delete', 'pod', 'db-1', '--wait', timeout);
    await eventually(
      () => kubectl.run(['get', 'pod', 'db-1', jsonPath('.metadata.uid')]),
      ({ code, out: now }) => code === 0 && now !== uid,
    );
    await out('wait', '--for=condition=Ready', 'pod/db-1', timeout);
    expect(
      await out('exec', 'db-1', '--', 'sh', '-c', 'cat "$(echo "$VOLUME_MAP" | cut -d= -f2)/file"'),
    ).toBe('kept\n');
    await out('delete', 'statefulset', 'db', '--wait', timeout);
    await out('wait', '--for=delete', 'pod/db-0', timeout);
    expect(await out('get', 'pvc', '-l', 'app=db', jsonPath('.items[*].metadata.name'))).toBe(
      'data-db-0 data-db-1',
    );
  });

  test('a Job runs to its end, as often as it is told', async () => {
    await kubectl.apply(JOB);
    await out('wait', '--for=condition=complete', 'job/once', timeout);
    expect(await out('get', 'job', 'once', jsonPath('.status.succeeded'))).toBe('2');
    expect(await out('get', 'pods', '-l', 'job-name=once', jsonPath('.items[*].status.phase'))).toBe(
      'Succeeded Succeeded',
    );
    expect(await out('logs', 'job/once', '-c', 'work')).toBe('worked\n');
  });

  test('a DaemonSet has one pod on the only node, and a bare Pod needs nobody', async () => {
    await kubectl.apply(DAEMON_SET);
    await out('rollout', 'status', 'daemonset/agent', timeout);
    expect(await out('get', 'pods', '-l', 'app=agent', jsonPath('.items[*].spec.nodeName'))).toBe('laptop');
    await out('run', 'bare', '--image=shell');
    await out('wait', '--for=condition=Ready', 'pod/bare', timeout);
    expect(await out('delete', 'pod', 'bare', '--wait', timeout)).toMatch(/^pod "bare" deleted/);
    expect((await kubectl.run(['get', 'pod', 'bare'])).err).toContain('pods "bare" not found');
  });

  test('who comes with the mesh’s certificate may do everything', async () => {
    expect(await out('auth', 'can-i', 'delete', 'pods')).toBe('yes\n');
    expect(await out('auth', 'whoami')).toContain('mesh101-admin');
  });

  test('top shows what processes use', async () => {
    const pod = await podOf('v1');
    const lines = (await out('top', 'pods', '--containers', '--no-headers'))
      .split('\n')
      .map((line) => line.split(/\s+/));
    const own = lines.filter(([name]) => name === pod);
    expect(own.map(([, container]) => container)).toEqual(['echo', 'istio-proxy']);
    for (const [, , cpu, memory] of own) {
      expect(cpu).toMatch(/^\d+m$/);
      // An Envoy and a Node take some tens of megabytes each.
      expect(Number(/^(\d+)Mi$/.exec(memory ?? '')?.[1])).toBeGreaterThan(10);
    }
    expect(await out('top', 'nodes', '--no-headers')).toMatch(/^laptop +\d+m +\d+% +\d+Mi +\d+%/);
    expect(await out('top', 'pods', '-n', 'istio-system', '--no-headers')).toMatch(
      /^istio-ingressgateway-\S+ .*\nistiod-\S+ /,
    );
    expect((await kubectl.run(['top', 'pod', 'nobody'])).err).toContain('"nobody" not found');
  });
});

const STATEFUL_SET = `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  replicas: 2
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers: [{name: db, image: shell, volumeMounts: [{name: data, mountPath: /data}]}]
  volumeClaimTemplates:
    - metadata: {name: data}
      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}
`;

const JOB = `
apiVersion: batch/v1
kind: Job
metadata: {name: once}
spec:
  completions: 2
  parallelism: 2
  template:
    spec:
      restartPolicy: Never
      containers: [{name: work, image: shell, command: [sh, -c, echo worked]}]
`;

const DAEMON_SET = `
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: agent, image: shell}]}
`;
