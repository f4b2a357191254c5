import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import { resourceKey } from '#mesh/apiserver/resource-type.ts';
import { Store } from '#mesh/apiserver/store/store.ts';
import { analyze } from '#mesh/istiod/analysis/analyze.ts';
import { buildMesh } from '#mesh/istiod/config/build.ts';
import { loadManifests } from '#mesh/istiod/config/load/load-manifest.ts';
import { resourcesIn } from '#mesh/istiod/config/resources.ts';
import { envoyFor } from '#mesh/istiod/envoy/envoy-for.ts';
import type { Mesh, Proxy as MeshProxy } from '#mesh/istiod/model/mesh.ts';
import { createStorage } from '#mesh/run/api-server/create-api.ts';
import { place } from '#mesh/testing/place.ts';
import { createRandom, type Random } from '#platform/random.ts';

const ROOT = join(import.meta.dirname, '../../..');
const { types } = createStorage().kinds;

const sets = {
  chain: [
    'k8s/chain.yaml',
    ...['ingress', 'egress', 'destinationrules', 'routing-3', 'mtls-strict', 'telemetry'].map(
      (name) => `istio/chain/${name}.yaml`,
    ),
  ],
  bookinfo: [
    'k8s/bookinfo.yaml',
    ...[
      ...['bookinfo-gateway', 'destination-rule-all', 'virtual-service-all-v1'],
      ...['virtual-service-reviews-jason-v2-v3', 'authorization-services'],
    ].map((name) => `istio/bookinfo/${name}.yaml`),
  ],
};

/** All of the same age: then only names order them. */
function objectsOf(files: readonly string[]): readonly KubernetesObject[] {
  const { documents } = loadManifests(
    files.map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') })),
  );
  const objects = documents.map(({ value }, index) => {
    const object = value as KubernetesObject;
    const system = { uid: String(index), resourceVersion: '', creationTimestamp: '2026-01-01T00:00:00Z' };
    return { ...object, metadata: { namespace: 'default', ...object.metadata, ...system } };
  });
  const byTitle = objects.map((object) => [`${object.kind} ${object.metadata.name}`, object] as const);
  return [...new Map(byTitle).values()];
}

function put(store: Store, object: KubernetesObject): void {
  const type = types.ofKind(object.apiVersion, object.kind);
  if (type) store.put(resourceKey(type), object);
}

/** What every Envoy is told, and what the analysis says. */
function derived(store: Store) {
  const resources = resourcesIn(store);
  const mesh = buildMesh(place(resources));
  return {
    envoys: proxies(mesh).map((proxy) => envoyFor(mesh, proxy, { metrics: true })),
    analysis: analyze(resources).map(({ code, message, resource }) => `${code} ${resource} ${message}`),
  };
}

function proxies({ pods, gateways }: Mesh): MeshProxy[] {
  return [
    ...gateways.map((gateway) => ({ role: 'gateway', gateway }) as const),
    ...pods.flatMap((pod) => (pod.sidecar ? [{ role: 'sidecar', pod, sidecar: pod.sidecar } as const] : [])),
  ];
}

function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  const rest = [...items];
  const order: Item[] = [];
  while (rest.length > 0) order.push(...rest.splice(Math.floor(random() * rest.length), 1));
  return order;
}

test.each(Object.entries(sets))('%s: what follows does not depend on the order of arrival', (_, files) => {
  const objects = objectsOf(files);
  expect(objects.length).toBeGreaterThan(8);
  const first = new Store();
  for (const object of objects) put(first, object);
  const expected = derived(first);
  expect(expected.envoys.length).toBeGreaterThan(3);
  for (let seed = 1; seed <= 30; seed += 1) {
    const random = createRandom({ seed: String(seed), name: 'order' });
    const store = new Store();
    for (const object of shuffled(objects, random)) {
      put(store, object);
      // Some go again, and come back last.
      if (random() < 0.2) {
        const type = types.ofKind(object.apiVersion, object.kind);
        if (type) store.remove(resourceKey(type), object.metadata);
        derived(store);
      }
    }
    for (const object of shuffled(objects, random)) put(store, object);
    expect(derived(store), `seed ${seed}`).toEqual(expected);
  }
});
