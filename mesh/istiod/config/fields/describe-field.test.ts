import { describe, expect, it } from 'vitest';
import { shapeOf } from '#mesh/apiserver/shapes/shape.ts';
import { describeField } from '#mesh/istiod/config/fields/describe-field.ts';
import { isSupportedKind, schemas, supportedVersions } from '#mesh/istiod/config/schema/kinds.ts';

const said = (kind: string, path: string) => {
  const [apiVersion = '', name = ''] = kind.split(' ');
  return describeField(apiVersion, name, path === '' ? [] : path.split('.'));
};

describe('what the laptop does with a field', () => {
  it.each([
    ['apps/v1 Deployment', '', 'The laptop mesh carries this kind out; each field says how far.'],
    ['apps/v1 Deployment', 'spec.replicas', 'Carried out on the laptop.'],
    ['apps/v1 Deployment', 'spec.strategy.rollingUpdate.maxSurge', 'Carried out on the laptop.'],
    [
      'apps/v1 Deployment',
      'spec.template.spec.tolerations',
      /^Ignored on the laptop: the laptop is the only node/,
    ],
    [
      'apps/v1 Deployment',
      'spec.template.spec.tolerations.effect',
      /^Ignored on the laptop: the laptop is the only node/,
    ],
    ['apps/v1 Deployment', 'spec.paused', 'Carried out on the laptop.'],
    [
      'apps/v1 Deployment',
      'spec.template.spec.containers.imagePullPolicy',
      /^Ignored on the laptop: images are not/,
    ],
    ['v1 Pod', 'spec.containers.imagePullPolicy', /^Ignored on the laptop: images are not/],
    [
      'batch/v1 CronJob',
      'spec.jobTemplate.spec.template.spec.containers.image',
      'Carried out on the laptop.',
    ],
    ['networking.istio.io/v1 VirtualService', 'spec.http.retries.attempts', 'Carried out on the laptop.'],
    [
      'networking.istio.io/v1 VirtualService',
      'spec.tcp.match.sourceSubnet',
      /^Ignored on the laptop: Istio does not read it either/,
    ],
    ['networking.istio.io/v1 VirtualService', 'spec.nothing', 'Not carried out on the laptop yet.'],
    ['v1 ConfigMap', 'data.*', 'Carried out on the laptop.'],
    ['v1 ConfigMap', 'metadata.uid', 'Written by the API server.'],
    ['v1 ConfigMap', 'metadata.ownerReferences', 'Carried out on the laptop.'],
    ['apps/v1 Deployment', 'status', 'What the mesh reports.'],
  ])('%s %s', (kind, path, text) => {
    const found = said(kind, path);
    if (typeof text === 'string') expect(found).toBe(text);
    else expect(found).toMatch(text);
  });

  it.each([
    ['apps/v1 Deployment', 'apiVersion'],
    ['gateway.networking.k8s.io/v1 Gateway', 'spec.listeners'],
    ['v1 Node', 'spec'],
    ['example.com/v1 constructor', 'spec'],
    ['apps/v1 Job', 'status.active'],
  ])('nothing is said of %s %s', (kind, path) => {
    expect(said(kind, path)).toBeUndefined();
  });

  it('every field of the kinds that are carried out has something to say', () => {
    for (const kind of Object.keys(schemas)) {
      if (!isSupportedKind(kind)) continue;
      const [apiVersion = ''] = supportedVersions[kind];
      const spec = Object.keys(shapeOf(apiVersion, kind)?.schema.properties ?? {});
      for (const field of spec.filter((name) => !['apiVersion', 'kind'].includes(name)))
        expect(describeField(apiVersion, kind, [field]), `${kind} ${field}`).toMatch(/\.$/);
    }
  });
});
