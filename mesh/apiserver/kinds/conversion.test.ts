import { describe, expect, it } from 'vitest';
import { inApiVersion, toStored } from '#mesh/apiserver/kinds/conversion.ts';
import type { KubernetesObject } from '#mesh/apiserver/object.ts';

const memory = {
  type: 'Resource',
  resource: { name: 'memory', target: { type: 'Utilization', averageUtilization: 70 } },
};
const cpu = (percent: number) => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: percent } },
});
const autoscaler = (version: string, spec: object) =>
  ({
    apiVersion: `autoscaling/${version}`,
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'it' },
    spec,
  }) as unknown as KubernetesObject;

describe('a HorizontalPodAutoscaler', () => {
  it.each([
    [
      { maxReplicas: 3, targetCPUUtilizationPercentage: 50 },
      { maxReplicas: 3, metrics: [cpu(50)] },
    ],
    // As a patch in v1 leaves it.
    [{ targetCPUUtilizationPercentage: 60, metrics: [memory, cpu(50)] }, { metrics: [memory, cpu(60)] }],
    [{ metrics: [cpu(50)] }, { metrics: [cpu(50)] }],
    [{ maxReplicas: 3 }, { maxReplicas: 3 }],
  ])('%j is stored as v2 has it', (given, stored) => {
    expect(toStored(autoscaler('v1', given))).toMatchObject({ spec: stored });
    expect(toStored(autoscaler('v1', given))['spec']).toEqual(stored);
  });

  it.each([
    [
      { maxReplicas: 3, metrics: [cpu(50)] },
      { maxReplicas: 3, targetCPUUtilizationPercentage: 50 },
    ],
    [{ metrics: [memory, cpu(50)] }, { metrics: [memory], targetCPUUtilizationPercentage: 50 }],
    [{ metrics: [memory] }, { metrics: [memory] }],
  ])('%j is shown as v1 has it, and comes back the same', (stored, shown) => {
    const old = inApiVersion(autoscaler('v2', stored), 'autoscaling/v1');
    expect(old).toMatchObject({ apiVersion: 'autoscaling/v1' });
    expect(old['spec']).toEqual(shown);
    expect(toStored(old)['spec']).toEqual(stored);
  });
});

it('other kinds keep their fields', () => {
  const object = { ...autoscaler('v1', { targetCPUUtilizationPercentage: 1 }), kind: 'Scale' };
  expect(toStored(object)).toBe(object);
  expect(inApiVersion(object, object.apiVersion)).toBe(object);
});
