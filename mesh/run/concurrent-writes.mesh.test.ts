import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '#mesh/run/testing/eventually.ts';
import { type Draft, KubeClient, KubeError } from '#mesh/run/testing/kube-client.ts';
import { expectedFailures, type RandomWrite, randomWrites } from '#mesh/run/testing/random-writes.ts';
import { refusedExpression } from '#mesh/run/testing/refused-expression.ts';
import { manifest, type StartedMesh, startMesh } from '#mesh/run/testing/started-mesh.ts';
import { createRandom } from '#platform/random.ts';

const resource = 'virtualservices.networking.istio.io';
const names = ['a', 'b', 'c'];
const COUNT = 30;

let mesh: StartedMesh;

beforeAll(async () => {
  mesh = await startMesh();
  await mesh.apply(manifest('echo.yaml'));
  expect(await mesh.ready()).toBe('ready');
});
afterAll(() => mesh.end());

/** A route that only its own host takes, and that says which write it is of. */
function route(name: string, marker: string): Draft {
  const match = marker === 'refused' ? { match: [{ uri: { regex: refusedExpression } }] } : {};
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name },
    spec: {
      ...{ hosts: [`${name}.example`], gateways: ['ingress'] },
      http: [{ ...match, redirect: { uri: `/${marker}` } }],
    },
  };
}

async function carryOut(kube: KubeClient, write: RandomWrite): Promise<unknown> {
  const { verb, name } = write;
  if (verb === 'delete') return kube.delete(resource, name);
  const draft = route(name, verb === 'refused' ? 'refused' : write.marker);
  if (verb === 'create') return kube.create(resource, draft);
  if (verb !== 'replace') return kube.patch(resource, name, { spec: draft['spec'] });
  const { metadata } = await kube.get(resource, name);
  return kube.replace(resource, { ...draft, metadata });
}

/** Where the gateway sends a request for the host of an object; undefined when it knows none. */
function served(name: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { host: `${name}.example`, connection: 'close' };
    request(mesh.gatewayUrl, { headers }, (response) => {
      response.resume();
      resolve(response.headers.location && new URL(response.headers.location).pathname.slice(1));
    })
      .once('error', reject)
      .end();
  });
}

const markerOf = (object: object): string => {
  const { spec } = object as { spec: { http: { redirect: { uri: string } }[] } };
  return spec.http[0]?.redirect.uri.slice(1) ?? '';
};

test('store, watches and Envoys agree after the writes of three clients at once', async () => {
  const random = createRandom({ seed: '7', name: 'concurrent writes' });
  const watched = await watchFromNow();
  const codes: number[] = [];
  const client = async (kube: KubeClient, writes: readonly RandomWrite[]) => {
    for (const write of writes) {
      try {
        await carryOut(kube, write);
        codes.push(200);
      } catch (error) {
        if (!(error instanceof KubeError) || !expectedFailures.has(error.code)) throw error;
        codes.push(error.code);
      }
    }
    await kube.close();
  };
  await Promise.all(
    ['one', 'two', 'three'].map((name) =>
      client(
        new KubeClient(`${mesh.home}/kubeconfig`),
        randomWrites(random, { client: name, count: COUNT, names }),
      ),
    ),
  );
  const objects = (await mesh.kube.list(resource)).filter(({ metadata }) => names.includes(metadata.name));
  const wanted = Object.fromEntries(objects.map((object) => [object.metadata.name, markerOf(object)]));
  const answers = async () => {
    const entries = await Promise.all(names.map(async (name) => [name, await served(name)] as const));
    return Object.fromEntries(entries.filter(([, marker]) => marker !== undefined));
  };
  // The last write of all may have lost, whose undoing nobody waits for.
  await eventually(answers, (now) => JSON.stringify(now) === JSON.stringify(wanted));
  expect(Object.values(wanted)).not.toContain('refused');
  await eventually(watched.markers, (now) => JSON.stringify(now) === JSON.stringify(wanted));
  watched.end();
  expect(codes).toHaveLength(3 * COUNT);
  expect(new Set(codes)).toEqual(new Set([200, 404, 409, 422]));
});

/** What a client that watches the API has made of its events. */
async function watchFromNow() {
  const kube = new KubeClient(`${mesh.home}/kubeconfig`);
  const known = new Map<string, string>();
  const stream = await kube.watch(resource);
  const reading = (async () => {
    for await (const { type, object } of stream) {
      if (!names.includes(object.metadata.name)) continue;
      if (type === 'DELETED') known.delete(object.metadata.name);
      else known.set(object.metadata.name, markerOf(object));
    }
  })().catch(() => undefined);
  return {
    markers: () => Object.fromEntries([...known].sort()),
    end: () => void kube.close().then(() => reading),
  };
}
