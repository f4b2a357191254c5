import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KubectlSession, kubectlSession } from '#mesh/apiserver/testing/kubectl-session.ts';
import { needs } from '#test/components/component.ts';
import { kubectl } from '#test/components/kubectl.ts';

let session: KubectlSession;

describe('kubectl explain', needs(kubectl), () => {
  beforeAll(async () => {
    const describe = (_: string, kind: string, path: readonly string[]) =>
      `says ${[kind, ...path].join('.')}`;
    session = await kubectlSession({ describe });
  });
  afterAll(async () => {
    await session.close();
    expect(session.bugs).toEqual([]);
  });

  it.each([
    ['pod', ['KIND:       Pod', 'says Pod', 'spec\t<PodSpec>', 'says Pod.spec']],
    [
      'pod.spec.containers',
      ['FIELD: containers <[]Container>', 'livenessProbe\t<Probe>', 'says Pod.spec.containers.image'],
    ],
    ['pod.spec.containers.imagePullPolicy', ['ENUM:\n    Always\n    IfNotPresent\n    Never']],
    [
      'deploy.spec.strategy.rollingUpdate',
      ['GROUP:      apps', 'says Deployment.spec.strategy.rollingUpdate.maxSurge'],
    ],
    ['configmap.data', ['FIELD: data <map[string]string>', 'says ConfigMap.data']],
    [
      'virtualservice.spec.http.retries',
      [
        'FIELD: retries <Object>',
        'perTryTimeout\t<string>',
        'says VirtualService.spec.http.retries.attempts',
      ],
    ],
    ['dr.spec.trafficPolicy', ['says DestinationRule.spec.trafficPolicy.loadBalancer']],
    ['gw', ['GROUP:      networking.istio.io', 'KIND:       Gateway']],
    ['gateway', ['GROUP:      gateway.networking.k8s.io', 'KIND:       Gateway']],
    ['gateways.networking.istio.io', ['GROUP:      networking.istio.io']],
    ['hpa.spec', ['VERSION:    v2', 'metrics\t<[]MetricSpec>']],
    ['crd.spec.versions.schema.openAPIV3Schema', ['FIELD: openAPIV3Schema <JSONSchemaProps>']],
    [
      'httproute.spec.rules.filters --api-version gateway.networking.k8s.io/v1beta1',
      ['VERSION:    v1beta1', 'requestRedirect\t<Object>'],
    ],
  ])('%s', async (words, parts) => {
    const out = await session.out('explain', ...words.split(' '));
    for (const part of parts) expect(out).toContain(part);
  });

  it('--recursive', async () => {
    const out = await session.out('explain', 'vs.spec.http', '--recursive');
    expect(out).toMatch(/^ {2}fault\t<Object>\n {4}abort\t<Object>\n/m);
    expect(await session.out('explain', 'crd.spec', '--recursive')).toContain('openAPIV3Schema');
  });

  it('says what is no field', async () => {
    expect(await session.run('explain', 'pod.spec.nothing')).toMatchObject({
      code: 1,
      err: 'error: field "nothing" does not exist\n',
    });
  });
});
