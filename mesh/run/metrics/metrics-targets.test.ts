import { expect, it } from 'vitest';
import { metricsTargets } from '#mesh/run/metrics/metrics-targets.ts';
import type { PodPlan } from '#mesh/run/pods/pod-plan.ts';

const plan: PodPlan = {
  name: 'web-1',
  namespace: 'shop',
  uid: 'u',
  labels: { app: 'web', version: 'v1' },
  annotations: {},
  serviceAccount: 'web',
  address: '10.244.0.7',
  deployment: 'web',
  templateHash: 'h',
  ports: [{ containerPort: 3000, appPort: 21_000, inboundPort: 21_001 }],
  sidecar: { outboundPort: 21_002, adminPort: 21_003 },
  claims: [],
  containers: [],
  grace: 0,
};
const labels = { pod: 'web-1', namespace: 'shop', app: 'web', version: 'v1' };
const targetsOf = (changes: Partial<PodPlan>) =>
  metricsTargets({ pods: [{ plan: { ...plan, ...changes } }], dataPlane: { gateway: undefined } });

it('are the sidecars', () => {
  expect(targetsOf({})).toEqual([
    { port: 21_003, path: '/stats?format=prometheus&filter=^istio_', isEnvoy: true, labels },
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
  expect(metricsTargets({ pods, dataPlane: { gateway: undefined } })).toEqual([
    { port: 21_000, path: '/numbers', isEnvoy: false, labels },
  ]);
});

it('are not programs with a port that they do not have', () => {
  const annotations = { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '9000' };
  expect(targetsOf({ annotations })).toHaveLength(1);
});
