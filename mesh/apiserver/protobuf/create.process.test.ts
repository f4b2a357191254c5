import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KubectlSession, kubectlSession } from '#mesh/apiserver/testing/kubectl-session.ts';
import { webDeployment } from '#mesh/apiserver/testing/manifests.ts';
import { needs } from '#test/components/component.ts';
import { kubectl } from '#test/components/kubectl.ts';

let session: KubectlSession;

/** These commands build Go's own types and send them as protobuf. */
describe('kubectl create', needs(kubectl), () => {
  beforeAll(async () => {
    session = await kubectlSession();
    await session.create(webDeployment());
  });
  afterAll(async () => {
    await session.close();
    expect(session.bugs).toEqual([]);
  });

  it.each<[string, string, object]>([
    ['create namespace demo', 'namespace/demo', { metadata: { name: 'demo' } }],
    ['create secret generic s --from-literal=a=b', 'secret/s', { type: 'Opaque', data: { a: 'Yg==' } }],
    ['create configmap m --from-literal=a=b', 'configmap/m', { data: { a: 'b' } }],
    ['create serviceaccount bob', 'serviceaccount/bob', {}],
    [
      'create role r --verb=get,list --resource=pods,deployments.apps',
      'role.rbac.authorization.k8s.io/r',
      { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }, { apiGroups: ['apps'] }] },
    ],
    [
      'create rolebinding b --role=r --user=jo --serviceaccount=default:bob',
      'rolebinding.rbac.authorization.k8s.io/b',
      {
        roleRef: { kind: 'Role', name: 'r' },
        subjects: [
          { kind: 'User', name: 'jo' },
          { kind: 'ServiceAccount', name: 'bob', namespace: 'default' },
        ],
      },
    ],
    [
      'create deployment d --image=nginx --replicas=0 --port=80',
      'deployment.apps/d',
      {
        spec: {
          replicas: 0,
          template: {
            spec: { containers: [{ name: 'nginx', image: 'nginx', ports: [{ containerPort: 80 }] }] },
          },
        },
      },
    ],
    [
      'create job j --image=x -- sleep 3',
      'job.batch/j',
      { spec: { template: { spec: { containers: [{ command: ['sleep', '3'] }], restartPolicy: 'Never' } } } },
    ],
    ['create cronjob c --image=x --schedule=@daily', 'cronjob.batch/c', { spec: { schedule: '@daily' } }],
    [
      'create ingress i --rule=a.com/*=web:80',
      'ingress.networking.k8s.io/i',
      {
        spec: {
          rules: [
            {
              host: 'a.com',
              http: {
                paths: [
                  {
                    path: '/',
                    pathType: 'Prefix',
                    backend: { service: { name: 'web', port: { number: 80 } } },
                  },
                ],
              },
            },
          ],
        },
      },
    ],
    ['create quota q --hard=pods=3,cpu=2', 'resourcequota/q', { spec: { hard: { pods: '3', cpu: '2' } } }],
    [
      'create poddisruptionbudget p --selector=app=web --min-available=50%',
      'poddisruptionbudget.policy/p',
      { spec: { minAvailable: '50%', selector: { matchLabels: { app: 'web' } } } },
    ],
    ['create priorityclass u --value=3', 'priorityclass.scheduling.k8s.io/u', { value: 3 }],
    [
      'create service nodeport n --tcp=80:http',
      'service/n',
      {
        spec: {
          type: 'NodePort',
          ports: [{ name: '80-http', port: 80, targetPort: 'http', protocol: 'TCP' }],
        },
      },
    ],
  ])('%s', async (words, name, fields) => {
    expect(await session.out(...words.split(' '))).toBe(`${name} created\n`);
    expect(JSON.parse(await session.out('get', name, '-o', 'json'))).toMatchObject(fields);
  });

  it('a dry run at the server', async () => {
    expect(await session.out('create', 'namespace', 'not', '--dry-run=server')).toBe(
      'namespace/not created (server dry run)\n',
    );
    expect((await session.run('get', 'namespace', 'not')).code).toBe(1);
  });

  /** kubectl sends autoscaling/v1 or v2, by its age. */
  it('autoscale', async () => {
    await session.out('autoscale', 'deployment', 'web', '--max', '5', '--cpu-percent', '50');
    const target = { type: 'Utilization', averageUtilization: 50 };
    const spec = { maxReplicas: 5, scaleTargetRef: { kind: 'Deployment', name: 'web' } };
    expect(JSON.parse(await session.out('get', 'hpa', 'web', '-o', 'json'))).toMatchObject({
      apiVersion: 'autoscaling/v2',
      spec: { ...spec, metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }] },
    });
    const old = 'horizontalpodautoscalers.v1.autoscaling';
    expect(JSON.parse(await session.out('get', old, 'web', '-o', 'json'))).toMatchObject({
      apiVersion: 'autoscaling/v1',
      spec: { ...spec, targetCPUUtilizationPercentage: 50 },
    });
  });
});
