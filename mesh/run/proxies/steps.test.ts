import { expect, test } from 'vitest';
import type { EnvoyConfig } from '#mesh/envoy/config.ts';
import { steps } from '#mesh/run/proxies/steps.ts';

const config = (clusters: readonly string[], route: string): EnvoyConfig => ({
  listeners: [],
  clusters: clusters.map((name) => ({ name })),
  routes: { http: { cluster: route } },
  secrets: [],
});

test('in no step a route names a cluster that is not there', () => {
  const way = steps(config(['a', 'b'], 'a'), config(['b', 'c'], 'c'));
  expect(way.map(({ clusters, routes }) => [clusters.map(({ name }) => name), routes['http']])).toEqual([
    [['b', 'c', 'a'], { cluster: 'a' }],
    [['b', 'c', 'a'], { cluster: 'c' }],
    [['b', 'c'], { cluster: 'c' }],
  ]);
});
