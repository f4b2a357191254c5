import { describe, expect, it } from 'vitest';
import { tracesPortOf, tracesTarget } from '#mesh/run/traces/traces-target.ts';

const local = { host: '127.0.0.1', port: 9411, path: '/api/v2/spans' };

describe('where spans go', () => {
  it.each([
    [undefined, {}, 'found'],
    ['embedded', { ZIPKIN_URL: 'http://127.0.0.1:9411' }, 'embedded'],
    ['none', {}, 'none'],
    ['http://127.0.0.1:9411', {}, local],
    ['http://127.0.0.1:9411/', { ZIPKIN_URL: 'http://other:1' }, local],
    ['http://zipkin.example/spans', {}, { host: 'zipkin.example', port: 80, path: '/spans' }],
    [undefined, { ZIPKIN_URL: 'http://127.0.0.1:9411/api/v2/spans' }, local],
    [undefined, { TRACES_PORT: '0', ZIPKIN_URL: 'http://other:1' }, 'embedded'],
  ])('--traces-to %s with %j', (flag, env, expected) => {
    expect(tracesTarget(flag, env)).toEqual(expected);
  });

  it.each([
    ['127.0.0.1:9411', {}, '--traces-to=127.0.0.1:9411 is not a URL; give one like http://127.0.0.1:9411'],
    ['https://zipkin.example', {}, '--traces-to=https://zipkin.example is not plain HTTP'],
    [undefined, { ZIPKIN_URL: 'zipkin' }, 'ZIPKIN_URL=zipkin is not a URL'],
  ])('--traces-to %s with %j is refused', (flag, env, message) => {
    expect(() => tracesTarget(flag, env)).toThrow(message);
  });

  it('TRACES_PORT is a port', () => {
    expect([undefined, '0', '17000'].map((text) => tracesPortOf({ TRACES_PORT: text }))).toEqual([
      undefined,
      0,
      17_000,
    ]);
    expect(() => tracesPortOf({ TRACES_PORT: 'x' })).toThrow('TRACES_PORT=x is not a port');
  });
});
