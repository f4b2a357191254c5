import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EnvoyConfig } from '#mesh/istiod/envoy/config.ts';
import type { DeltaResponse } from '#mesh/istiod/xds/discovery-messages.ts';
import type { OfferedConfig } from '#mesh/istiod/xds/offered-config.ts';
import { EnvoyStream } from '#mesh/istiod/xds/testing/envoy-stream.ts';
import { XdsServer } from '#mesh/istiod/xds/xds-server.ts';

const NODE = 'sidecar~127.0.0.1~a.default~default.svc.cluster.local';
const CLUSTER = 'type.googleapis.com/envoy.config.cluster.v3.Cluster';
const ENDPOINTS = 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment';

const nothing: EnvoyConfig = { listeners: [], clusters: [], endpoints: {}, routes: {}, secrets: [] };
const web = { name: 'web', type: 'EDS' } as const;
const one: EnvoyConfig = { ...nothing, clusters: [web], endpoints: { web: { cluster_name: 'web' } } };

let folder = '';
let server: XdsServer;
let offered: OfferedConfig;
let problems: string[];
let envoys: EnvoyStream[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mesh101-xds-'));
  problems = [];
  envoys = [];
  server = new XdsServer(join(folder, 'xds.sock'), (problem) => problems.push(problem));
  await server.listen();
  offered = server.open(NODE);
});

afterEach(() => {
  for (const envoy of envoys) envoy.end();
  server.close();
  rmSync(folder, { recursive: true });
  expect(problems).toEqual([]);
});

test('an Envoy is told what there is for it when it is known, be it nothing', async () => {
  const envoy = connect();
  envoy.say({ node: { id: NODE }, type_url: CLUSTER });
  server.open('another').offer(one, '1');
  offered.offer(nothing, '1');
  expect(await envoy.next()).toMatchObject({ type_url: CLUSTER, resources: [], removed_resources: [] });
});

test('only what has changed is told, and what is gone', async () => {
  offered.offer(one, '1');
  const envoy = connect();
  envoy.say({ node: { id: NODE }, type_url: CLUSTER });
  expect(namesOf(await envoy.next())).toEqual(['web']);
  offered.offer({ ...one, clusters: [web, { name: 'db' }] }, '2');
  expect(namesOf(await envoy.next())).toEqual(['db']);
  offered.offer({ ...one, clusters: [{ name: 'db' }] }, '3');
  expect(await envoy.next()).toMatchObject({ resources: [], removed_resources: ['web'] });
});

test('a change of the endpoints leaves their cluster alone, and one of the cluster tells them again', async () => {
  offered.offer(one, '1');
  const envoy = connect();
  envoy.say({ node: { id: NODE }, type_url: CLUSTER });
  await envoy.next();
  envoy.say({ type_url: ENDPOINTS, resource_names_subscribe: ['web', 'not there'] });
  expect(namesOf(await envoy.next())).toEqual(['web']);
  const fewer = { web: { cluster_name: 'web', endpoints: [] } };
  offered.offer({ ...one, endpoints: fewer }, '2');
  expect(await envoy.next()).toMatchObject({ type_url: ENDPOINTS, resources: [{ version: '2' }] });
  offered.offer({ ...one, clusters: [{ ...web, connect_timeout: '1s' }], endpoints: fewer }, '3');
  expect(await envoy.next()).toMatchObject({ type_url: CLUSTER, resources: [{ version: '3' }] });
  expect(await envoy.next()).toMatchObject({ type_url: ENDPOINTS, resources: [{ version: '2' }] });
});

test('an offer is settled when all of it has been acknowledged', async () => {
  offered.offer(one, '1');
  const settled = offered.settled(AbortSignal.timeout(5_000));
  const envoy = connect();
  envoy.say({ node: { id: NODE }, type_url: CLUSTER });
  envoy.acknowledge(await envoy.next());
  envoy.say({ type_url: ENDPOINTS, resource_names_subscribe: ['web'] });
  const endpoints = await envoy.next();
  expect(offered.pending).toEqual(['endpoints/web']);
  envoy.acknowledge(endpoints);
  expect(await settled).toBeUndefined();
  expect(offered.pending).toEqual([]);
});

test('a refusal comes with its whole reason, on one line, and the last good state settles it', async () => {
  offered.offer({ ...one, endpoints: {} }, '1');
  const envoy = connect();
  envoy.say({ node: { id: NODE }, type_url: CLUSTER });
  envoy.acknowledge(await envoy.next());
  offered.offer({ ...one, clusters: [{ ...web, connect_timeout: '0s' }], endpoints: {} }, '2');
  const refused = offered.settled(AbortSignal.timeout(5_000));
  envoy.refuse(await envoy.next(), 'Proto constraint validation failed (goo.gle/debugonly \nmust be more)');
  expect(await refused).toBe('Proto constraint validation failed ( must be more)');
  offered.offer({ ...one, endpoints: {} }, '3');
  const settled = offered.settled(AbortSignal.timeout(5_000));
  envoy.acknowledge(await envoy.next());
  expect(await settled).toBeUndefined();
});

test('a field that Envoy does not have is refused before it is sent', async () => {
  offered.offer({ ...nothing, clusters: [{ name: 'web', nonsense: 1 } as object] }, '1');
  const envoy = connect();
  envoy.say({ node: { id: NODE }, type_url: CLUSTER });
  expect(namesOf(await envoy.next())).toEqual([]);
  expect(await offered.settled(AbortSignal.timeout(5_000))).toBe(
    'envoy.config.cluster.v3.Cluster has no field nonsense',
  );
});

test('an Envoy that comes back is told everything, and what has gone meanwhile', async () => {
  offered.offer(one, '1');
  const first = connect();
  first.say({ node: { id: NODE }, type_url: CLUSTER });
  first.acknowledge(await first.next());
  first.end();
  const second = connect();
  second.say({ node: { id: NODE }, type_url: CLUSTER, initial_resource_versions: { web: '1', old: '1' } });
  expect(await second.next()).toMatchObject({ resources: [{ name: 'web' }], removed_resources: ['old'] });
});

function namesOf({ resources }: DeltaResponse): string[] {
  return resources.map(({ name }) => name);
}

function connect(): EnvoyStream {
  const envoy = new EnvoyStream(server.socket);
  envoys.push(envoy);
  return envoy;
}
