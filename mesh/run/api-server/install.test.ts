import { expect, test } from 'vitest';
import { resourceKey } from '#mesh/apiserver/resource-type.ts';
import { createStorage } from '#mesh/run/api-server/create-api.ts';
import { installedApi } from '#mesh/run/testing/fake-pods.ts';

const api = await installedApi();
const names = (resource: string) => api.store.list(resource).map(({ metadata: { name } }) => name);

test('a mesh begins with the namespaces, the node and the definitions that a cluster with Istio has', () => {
  expect(names('namespaces')).toEqual(expect.arrayContaining(['default', 'istio-system', 'kube-system']));
  expect(names('nodes')).toEqual(['laptop']);
  expect(names('customresourcedefinitions.apiextensions.k8s.io')).toEqual(
    expect.arrayContaining([
      'destinationrules.networking.istio.io',
      'gateways.gateway.networking.k8s.io',
      'virtualservices.networking.istio.io',
    ]),
  );
});

test('Istio is there: the control plane and its gateway, each with a Deployment', () => {
  const workloads = api.store.list('deployments.apps', 'istio-system').map(({ metadata: { name } }) => name);
  expect(workloads).toEqual(['istio-ingressgateway', 'istiod']);
});

test('the node says what this machine has', () => {
  const [node] = api.store.list('nodes');
  const status = node?.['status'] as {
    capacity: Record<string, string>;
    conditions: { type: string; status: string }[];
  };
  expect(Number(status.capacity['cpu'])).toBeGreaterThan(0);
  expect(status.conditions).toMatchObject([{ type: 'Ready', status: 'True' }]);
});

test('every object of the installation has a type whose rules it keeps', () => {
  const { kinds } = createStorage();
  for (const type of api.types.all)
    for (const object of api.store.list(resourceKey(type))) {
      expect(kinds.prune(object, type).unknown).toEqual([]);
      expect(kinds.causes(object, type)).toEqual([]);
    }
  for (const type of api.types.all)
    for (const object of api.store.list(type.group ? `${type.plural}.${type.group}` : type.plural))
      expect(object.apiVersion).toBe(type.group ? `${type.group}/${type.version}` : type.version);
});
