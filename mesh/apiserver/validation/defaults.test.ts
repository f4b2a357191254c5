import { describe, expect, it } from 'vitest';
import { shapeOf } from '../shapes/shape.ts';
import { applyDefaults } from './defaults.ts';

function defaulted(apiVersion: string, kind: string, fields: Record<string, unknown>) {
  const shape = shapeOf(apiVersion, kind);
  if (shape === undefined) throw new Error(`no shape for ${apiVersion} ${kind}`);
  return applyDefaults({ apiVersion, kind, ...fields } as Record<string, unknown>, shape);
}

const podTemplate = (fields: object) => ({ spec: { template: { spec: { containers: [fields] } } } });

describe("Kubernetes' own kinds", () => {
  it('a Deployment', () => {
    expect(defaulted('apps/v1', 'Deployment', { spec: {} })['spec']).toMatchObject({
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      template: {
        spec: { restartPolicy: 'Always', dnsPolicy: 'ClusterFirst', terminationGracePeriodSeconds: 30 },
      },
    });
  });

  it('a Deployment that recreates its pods has nothing to roll', () => {
    const spec = { replicas: 0, strategy: { type: 'Recreate' } };
    expect(defaulted('apps/v1', 'Deployment', { spec })['spec']).toMatchObject(spec);
    expect(defaulted('apps/v1', 'Deployment', { spec })['spec']).not.toHaveProperty('strategy.rollingUpdate');
  });

  it('half of a strategy takes the other half', () => {
    const spec = { strategy: { rollingUpdate: { maxSurge: 1 } } };
    expect(defaulted('apps/v1', 'Deployment', { spec })).toHaveProperty('spec.strategy', {
      type: 'RollingUpdate',
      rollingUpdate: { maxSurge: 1, maxUnavailable: '25%' },
    });
  });

  it('a container, its ports and probes', () => {
    const container = {
      name: 'c',
      image: 'a/b:1',
      ports: [{ containerPort: 1 }],
      readinessProbe: { httpGet: { port: 1 } },
    };
    expect(defaulted('apps/v1', 'Deployment', podTemplate(container))).toHaveProperty(
      'spec.template.spec.containers[0]',
      {
        ...container,
        ports: [{ containerPort: 1, protocol: 'TCP' }],
        imagePullPolicy: 'IfNotPresent',
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
        readinessProbe: {
          httpGet: { port: 1, path: '/', scheme: 'HTTP' },
          failureThreshold: 3,
          periodSeconds: 10,
          successThreshold: 1,
          timeoutSeconds: 1,
        },
      },
    );
  });

  it.each([
    ['a', 'Always'],
    ['host:5000/a', 'Always'],
    ['a:latest', 'Always'],
    ['a:1', 'IfNotPresent'],
    ['a@sha256:0', 'IfNotPresent'],
  ])('an image %s is pulled %s', (image, policy) => {
    const path = 'spec.template.spec.containers[0].imagePullPolicy';
    expect(defaulted('apps/v1', 'Deployment', podTemplate({ name: 'c', image }))).toHaveProperty(
      path,
      policy,
    );
  });

  it.each([
    [
      { ports: [{ port: 80 }] },
      {
        ports: [{ port: 80, targetPort: 80, protocol: 'TCP' }],
        type: 'ClusterIP',
        sessionAffinity: 'None',
        internalTrafficPolicy: 'Cluster',
      },
    ],
    [{ type: 'ExternalName' }, { type: 'ExternalName', sessionAffinity: 'None' }],
    [
      { type: 'NodePort', sessionAffinity: 'ClientIP' },
      {
        type: 'NodePort',
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } },
        externalTrafficPolicy: 'Cluster',
        internalTrafficPolicy: 'Cluster',
      },
    ],
  ])('a Service with %j', (spec, expected) => {
    expect(defaulted('v1', 'Service', { spec })['spec']).toEqual(expected);
  });

  it('a Job with and without parallelism', () => {
    expect(defaulted('batch/v1', 'Job', { spec: {} })['spec']).toMatchObject({
      parallelism: 1,
      completions: 1,
      backoffLimit: 6,
    });
    expect(defaulted('batch/v1', 'Job', { spec: { parallelism: 2 } })['spec']).not.toHaveProperty(
      'completions',
    );
  });

  it('an object that lacks nothing stays the same object', () => {
    const whole = defaulted('apps/v1', 'Deployment', podTemplate({ name: 'c', image: 'a' }));
    expect(defaulted('apps/v1', 'Deployment', whole)).toEqual(whole);
    const shape = shapeOf('apps/v1', 'Deployment');
    expect(shape && applyDefaults(whole, shape)).toBe(whole);
  });
});

describe('kinds of CRDs', () => {
  it('an HTTPRoute, in a default too', () => {
    const given = {
      spec: { parentRefs: [{ name: 'g' }], rules: [{ backendRefs: [{ name: 'b', port: 80 }] }] },
    };
    const before = structuredClone(given);
    expect(defaulted('gateway.networking.k8s.io/v1', 'HTTPRoute', given)['spec']).toEqual({
      parentRefs: [{ name: 'g', group: 'gateway.networking.k8s.io', kind: 'Gateway' }],
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: '/' } }],
          backendRefs: [{ name: 'b', port: 80, group: '', kind: 'Service', weight: 1 }],
        },
      ],
    });
    expect(given).toEqual(before);
  });

  it('a VirtualService has none', () => {
    const given = { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', spec: { hosts: ['a'] } };
    const shape = shapeOf(given.apiVersion, given.kind);
    expect(shape && applyDefaults(given, shape)).toBe(given);
  });
});
