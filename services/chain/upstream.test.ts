import { expect, test } from 'vitest';
import { upstreamsOf, withQuery } from '#services/chain/upstream.ts';

test('none without variables, one for UPSTREAM_URI, each of UPSTREAM_URIS in order', () => {
  expect(upstreamsOf({})).toEqual([]);
  expect(upstreamsOf({ UPSTREAM_URI: 'http://middleware' })).toEqual([
    { origin: 'http://middleware', path: '/', uri: 'http://middleware/' },
  ]);
  const several = upstreamsOf({ UPSTREAM_URIS: ['http://b/x?k=1', 'http://a:81/'] });
  expect(several.map(({ uri }) => uri)).toEqual(['http://b/x?k=1', 'http://a:81/']);
});

test.each([
  ['http://a/', '', '/'],
  ['http://a/x', 'b=2', '/x?b=2'],
  ['http://a/x?k=1', 'b=2&b=3', '/x?k=1&b=2&b=3'],
])('%s with the query "%s" is called at %s', (UPSTREAM_URI, query, path) => {
  const [upstream] = upstreamsOf({ UPSTREAM_URI }).map((each) => withQuery(each, query));
  expect(upstream).toEqual({ origin: 'http://a', path, uri: `http://a${path}` });
});
