import { describe, expect, it } from 'vitest';
import { receivedRequest } from '#mesh/istiod/explain/received.ts';
import { requestFor } from '#mesh/istiod/explain/request.ts';

const set = (key: string, value: string) => ({
  header: { key, value },
  append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
});
const add = (key: string, value: string) => ({ header: { key, value } });

function sent(url: string, route: Parameters<typeof receivedRequest>[0]['route'], share = {}) {
  const request = requestFor(url, { headers: { 'X-User': 'jason' } });
  return receivedRequest({ request, virtualHost: {}, route, share });
}

describe('receivedRequest', () => {
  it.each([
    [{ prefix: '/api' }, { prefix_rewrite: '/v1' }, '/v1/x?q=1'],
    [{ path: '/api/x' }, { prefix_rewrite: '/' }, '/?q=1'],
    [{ safe_regex: { regex: '/api.*' } }, { prefix_rewrite: '/all' }, '/all?q=1'],
    [
      { prefix: '/' },
      { regex_rewrite: { pattern: { regex: '^/api/(.*)$' }, substitution: '/$/\\1' } },
      '/$/x?q=1',
    ],
    [
      { prefix: '/' },
      { regex_rewrite: { pattern: { regex: '(?i)API/(y)?' }, substitution: 'v1\\1\\\\' } },
      '/v1\\x?q=1',
    ],
    [
      { prefix: '/' },
      { regex_rewrite: { pattern: { regex: '[a-z]*' }, substitution: '<\\0>' } },
      '<>/<api>/<x>?q=1',
    ],
    [{ prefix: '/' }, {}, '/api/x?q=1'],
  ])('%j with %j', (match, route, path) => {
    expect(sent('http://web/api/x?q=1', { match, route }).path).toBe(path);
  });

  it('applies what the destination says of headers before what the route says', () => {
    const route = {
      route: { host_rewrite_literal: 'of the route' },
      request_headers_to_add: [add('x-user', 'b'), set('x-level', 'route')],
      request_headers_to_remove: ['X-Gone'],
    };
    const share = {
      host_rewrite_literal: 'of the share',
      request_headers_to_add: [set('x-level', 'share'), add('x-gone', '1')],
    };
    expect(sent('http://web/', route, share)).toEqual({
      path: '/',
      host: 'of the route',
      headers: { 'x-user': 'jason,b', 'x-level': 'route' },
    });
  });
});
