import { expect, it } from 'vitest';
import type { PodPlan } from '#mesh/kubelet/pods/pod-plan.ts';
import { metricsTargets } from '#mesh/run/metrics/serve-metrics.ts';

const plan: PodPlan = {
  name: 'web-1',
  namespace: 'shop',
  uid: 'u',
  labels: { app: 'web', version: 'v1' },
  annotations: {},
  serviceAccount: 'web',
  address: '10.244.0.7',
  role: 'workload',
  workload: 'web',
  restartPolicy: 'Always',
  ports: [{ containerPort: 3000, appPort: 21_000, inboundPort: 21_001 }],
  sidecar: { outboundPort: 21_002 },
  claims: [],
  containers: [],
  grace: 0,
};
const labels = { pod: 'web-1', namespace: 'shop', app: 'web', version: 'v1' };
const proxy = { admin: { socketPath: '/state/admin/1.sock' } };
const targetsOf = (changes: Partial<PodPlan>) =>
  metricsTargets({ pods: [{ plan: { ...plan, ...changes }, proxy }] });

it('are the sidecars', () => {
  expect(targetsOf({})).toEqual([
    {
      ...{ socketPath: '/state/admin/1.sock', path: '/stats?format=prometheus&filter=^istio_' },
      ...{ isEnvoy: true, labels },
    },
  ]);
});

it("are the gateway's Envoy, once", () => {
  const gateway = { role: 'gateway' as const, name: 'gateway-1', labels: { app: 'istio-ingressgateway' } };
  expect(targetsOf(gateway).map((target) => target.labels)).toEqual([
    { pod: 'gateway-1', namespace: 'shop', app: 'istio-ingressgateway' },
  ]);
});

it('are programs that are annotated for Prometheus, at their own port', () => {
  const annotations = {
    'prometheus.io/scrape': 'true',
    'prometheus.io/port': '3000',
    'prometheus.io/path': '/numbers',
  };
  const { sidecar: _, ...withoutSidecar } = plan;
  const pods = [{ plan: { ...withoutSidecar, annotations } }];
  expect(metricsTargets({ pods })).toEqual([{ port: 21_000, path: '/numbers', isEnvoy: false, labels }]);
});

it('are not programs with a port that they do not have', () => {
  const annotations = { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '9000' };
  expect(targetsOf({ annotations })).toHaveLength(1);
});
