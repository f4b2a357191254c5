import { beforeEach, expect, test } from 'vitest';
import type { EnvoyConfig } from '#mesh/envoy/config.ts';
import { OfferedConfig } from '#mesh/run/proxies/offered-config.ts';
import { Subscriptions } from '#mesh/run/xds/subscriptions.ts';

const one: EnvoyConfig = {
  listeners: [{ name: 'http' }],
  clusters: [{ name: 'a' }],
  routes: { http: { name: 'http' }, extra: { name: 'extra' } },
  secrets: [],
};

let subscriptions: Subscriptions;
let offered: OfferedConfig;

beforeEach(() => {
  subscriptions = new Subscriptions();
  offered = new OfferedConfig(subscriptions);
});

test('everything is new at first', async () => {
  expect(offered.offer(one, '1')).toBe(true);
  expect([...offered.versions]).toEqual([
    ['clusters', '1'],
    ['routes/http', '1'],
    ['routes/extra', '1'],
    ['listeners', '1'],
  ]);
  expect((await ask('listeners', '')).resources).toMatchObject([{ name: 'http' }]);
});

test('the same again is no offer', () => {
  offered.offer(one, '1');
  expect(offered.offer(one, '2')).toBe(false);
  expect(offered.version).toBe('1');
});

test('only what differs gets a new version', async () => {
  offered.offer(one, '1');
  const two = { ...one, clusters: [{ name: 'a' }, { name: 'b' }] };
  expect(offered.offer(two, '2')).toBe(true);
  expect(offered.versions.get('clusters')).toBe('2');
  expect(offered.versions.get('listeners')).toBe('1');
  expect((await ask('clusters', '1')).resources).toHaveLength(2);
});

test('routes that are gone are not waited for, and new again when they come back', () => {
  offered.offer(one, '1');
  const fewer = { ...one, routes: { http: { name: 'http' } } };
  offered.offer(fewer, '2');
  offered.withdrawAllBut(fewer);
  expect([...offered.versions.keys()]).not.toContain('routes/extra');
  expect(offered.offer(one, '3')).toBe(true);
  expect(offered.versions.get('routes/extra')).toBe('3');
});

function ask(name: string, version: string) {
  return subscriptions.next({ name, version, signal: AbortSignal.timeout(5_000) });
}
