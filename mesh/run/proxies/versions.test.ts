import { expect, test } from 'vitest';
import { isCurrent, outdated, rejections } from '#mesh/run/proxies/versions.ts';

const stats = {
  'listener_manager.lds.version_text': '4',
  'cluster_manager.cds.version_text': '4',
  'http.http_proxy;.rds.http_proxy.version_text': '4',
  'cluster_manager.cds.update_rejected': 1,
  'listener_manager.lds.update_rejected': 2,
  'cluster_manager.warming_clusters': 0,
};
const current = new Map([
  ['listeners', '4'],
  ['clusters', '4'],
  ['routes/http_proxy', '4'],
]);

test('Envoy is current when it shows every version', () => {
  expect(isCurrent(stats, current)).toBe(true);
});

test.each([['clusters'], ['routes/http_proxy']])('another version of %s is outdated', (path) => {
  expect(outdated(stats, new Map([...current, [path, '5']]))).toEqual([path]);
});

test('a filter that is discovered is waited for once a listener uses it', () => {
  const name = 'policies';
  const versions = new Map([[`extension_configs/${name}`, '5']]);
  const stat = `extension_config_discovery.http_filter.${name}.version_text`;
  expect(outdated({ [stat]: '4' }, versions)).toEqual([`extension_configs/${name}`]);
  expect(outdated({ [stat]: '5' }, versions)).toEqual([]);
  expect(outdated({}, versions)).toEqual([]);
});

test('while a cluster warms up nothing is current', () => {
  expect(isCurrent({ ...stats, 'cluster_manager.warming_clusters': 1 }, current)).toBe(false);
});

test('before the first update of a listener it is outdated, while unused routes are not waited for', () => {
  expect(outdated({}, current)).toEqual(['listeners', 'clusters']);
});

test('refusals of all kinds are counted', () => {
  expect(rejections(stats)).toBe(3);
});
