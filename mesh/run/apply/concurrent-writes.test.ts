import { expect, test } from 'vitest';
import { ApiError } from '#mesh/apiserver/api-error.ts';
import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import type { Store, StoreEvent } from '#mesh/apiserver/store/store.ts';
import { Controllers } from '#mesh/controllers/controllers.ts';
import { typeOf } from '#mesh/controllers/workload.ts';
import type { Rejection } from '#mesh/istiod/xds/acknowledgement.ts';
import { createApi, createStorage } from '#mesh/run/api-server/create-api.ts';
import type { DataPlane, Desired } from '#mesh/run/apply/data-plane.ts';
import { LocalMesh, type LocalMeshOptions } from '#mesh/run/apply/local-mesh.ts';
import { fakeFactory } from '#mesh/run/testing/fake-pods.ts';
import { expectedFailures, type RandomWrite, randomWrites } from '#mesh/run/testing/random-writes.ts';
import { createRandom, type Random } from '#platform/random.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';

const resource = 'virtualservices.networking.istio.io';
const names = ['a', 'b', 'c'];

/** One Envoy that takes its time, takes nothing over of what it refuses, and remembers what it was ever told. */
class FakeEnvoys {
  readonly proxies = [];
  readonly told = new Set<string>();
  routes: Readonly<Record<string, string>> = {};
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  async publish({ resources }: Pick<Desired, 'resources'>): Promise<readonly Rejection[]> {
    const own = resources.filter(({ kind }) => kind === 'VirtualService');
    const routes = Object.fromEntries(own.map((one) => [one.metadata.name, hostOf(one)]));
    for (let ticks = Math.floor(this.#random() * 4); ticks > 0; ticks -= 1)
      await new Promise((resolve) => setImmediate(resolve));
    if (Object.values(routes).includes('refused'))
      return [{ proxy: 'fake', reason: 'a host that it does not like', isLate: false }];
    this.routes = routes;
    for (const host of Object.values(routes)) this.told.add(host);
    return [];
  }

  async stop(): Promise<void> {}
}

function hostOf(object: object): string {
  const { spec } = object as { spec: { hosts: string[] } };
  return spec.hosts[0] ?? '';
}

function meshOf(envoys: FakeEnvoys): LocalMesh {
  const options: Partial<LocalMeshOptions> = {
    api: (admit) => createApi(createStorage(), admit),
    controllers: ({ store }) => new Controllers({ store, controllers: [], onProblem: () => {} }),
    podFactory: () => fakeFactory() as never,
    dataPlane: () => envoys as unknown as DataPlane,
    onProblem: () => {},
  };
  return new LocalMesh({ ...options, state: { volumes: temporaryDirectory() } } as LocalMeshOptions);
}

async function carryOut({ api }: LocalMesh, write: RandomWrite): Promise<void> {
  const type = typeOf(api, resource);
  const key = { namespace: 'default', name: write.name };
  const host = write.verb === 'refused' ? 'refused' : write.verb === 'delete' ? '' : write.marker;
  const spec = { hosts: [host], http: [{ route: [{ destination: { host: 'web' } }] }] };
  const options = { manager: 'test' };
  switch (write.verb) {
    case 'create': {
      const draft = { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata: key, spec };
      return void (await api.create(type, draft, { ...options, namespace: 'default' }));
    }
    case 'replace': {
      // As a client that has read it, and names the version that it knows.
      const read = api.get(type, key);
      await new Promise((resolve) => setImmediate(resolve));
      return void (await api.update(type, key, () => ({ ...read, spec }), options));
    }
    case 'delete':
      return void (await api.delete(type, key, options));
    default: {
      const change = (before: KubernetesObject) => {
        const { resourceVersion: _, ...metadata } = before.metadata;
        return { ...before, metadata, spec };
      };
      return void (await api.update(type, key, change, options));
    }
  }
}

/** What a watch has made of the events that it was sent. */
function replayed(events: readonly StoreEvent[]): Record<string, KubernetesObject> {
  const objects = new Map<string, KubernetesObject>();
  for (const { type, object } of events) {
    if (type === 'DELETED') objects.delete(object.metadata.name);
    else objects.set(object.metadata.name, object);
  }
  return Object.fromEntries(objects);
}

const stored = (store: Store) =>
  Object.fromEntries(store.list(resource).map((object) => [object.metadata.name, object]));

test.each(Array.from({ length: 12 }, (_, index) => index + 1))(
  'store, watches and Envoys agree after the writes of three clients at once (seed %d)',
  async (seed) => {
    const random = createRandom({ seed: String(seed), name: 'concurrent writes' });
    const envoys = new FakeEnvoys(random);
    const mesh = meshOf(envoys);
    const { store } = mesh.api;
    const home = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } };
    await mesh.api.create(typeOf(mesh.api, 'namespaces'), home, { manager: 'test' });
    const seen: StoreEvent[] = [];
    store.subscribe((event) => seen.push(event));
    let succeeded = 0;
    let failed = 0;
    const client = async (writes: readonly RandomWrite[]) => {
      for (const write of writes) {
        try {
          await carryOut(mesh, write);
          succeeded += 1;
          // Who is told of success finds the Envoys brought there.
          if ('marker' in write) expect([...envoys.told]).toContain(write.marker);
        } catch (error) {
          if (!(error instanceof ApiError) || !expectedFailures.has(error.code)) throw error;
          if (write.verb === 'refused') expect([404, 409, 422]).toContain(error.code);
          failed += 1;
        }
      }
    };
    const clients = ['one', 'two', 'three'].map((name) =>
      client(randomWrites(random, { client: name, count: 40, names })),
    );
    await Promise.all(clients);
    // What is still on its way goes through the same queue.
    await mesh.stop();
    const objects = stored(store);
    expect(envoys.routes).toEqual(
      Object.fromEntries(Object.entries(objects).map(([name, one]) => [name, hostOf(one)])),
    );
    expect(Object.values(envoys.routes)).not.toContain('refused');
    expect(replayed(seen.filter((event) => event.resource === resource))).toEqual(objects);
    const versions = seen.map(({ version }) => version);
    expect(versions).toEqual([...versions].sort((left, right) => left - right));
    // A watch that begins anywhere, from a list of then, comes to the same.
    const half = Math.floor(seen.length / 2);
    const later = store.since(resource, seen[half]?.version ?? 0) ?? [];
    const before = seen.slice(0, half + 1).filter((event) => event.resource === resource);
    expect(replayed([...before, ...later])).toEqual(objects);
    // Clients that never meet, or never succeed, would show nothing.
    expect(succeeded).toBeGreaterThan(20);
    expect(failed).toBeGreaterThan(20);
    expect(succeeded + failed).toBe(120);
  },
);
