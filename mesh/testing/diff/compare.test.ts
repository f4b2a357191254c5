import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compare } from '#mesh/testing/diff/compare.ts';
import { phraseComparison } from '#mesh/testing/diff/phrase.ts';
import { samplesOf } from '#mesh/testing/diff/samples.ts';
import { imaginaryMesh } from '#mesh/testing/imaginary-mesh.ts';

const read = (file: string) => ({ file, text: readFileSync(file, 'utf8') });
const base = [read('k8s/bookinfo.yaml'), read('istio/bookinfo/destination-rule-all.yaml')];
const options = { namespace: 'default', outboundPolicy: 'REGISTRY_ONLY' } as const;
const vs = (rules: string, hosts = '[reviews]') => ({
  file: 'vs.yaml',
  text: `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews}
spec:
  hosts: ${hosts}
  http:
${rules}`,
});
const to = (version: string) => `route: [{destination: {host: reviews, subset: ${version}}}]`;

function sentences(before: ReturnType<typeof vs>, after: ReturnType<typeof vs>): string {
  const meshOf = (file: typeof before) => imaginaryMesh([...base, file], options);
  return phraseComparison(compare({ before: meshOf(before), after: meshOf(after), namespace: 'default' }));
}

describe('compare', () => {
  it('says that nothing changes, whatever the order of the lines', () => {
    const one = vs(`    - ${to('v1')}`);
    expect(sentences(one, vs(`    - name: other\n      ${to('v1')}`))).toMatch(
      /^No request goes elsewhere \(\d+ compared\)/,
    );
  });

  it('names the path that all users are sent elsewhere', () => {
    const after = vs(`    - match: [{uri: {prefix: /api/v1}}]\n      ${to('v2')}\n    - ${to('v1')}`);
    expect(sentences(vs(`    - ${to('v1')}`), after)).toBe(`http://reviews:9080: /api/v1* of all users
    before: reviews-v1
    after:  reviews-v2
    decided at vs.yaml:7

1 change, 60 requests compared.
`);
  });

  it('names the users, or those who are left', () => {
    const jason = '{headers: {end-user: {exact: jason}}}';
    const plain = vs(`    - ${to('v1')}`);
    const only = vs(`    - match: [${jason}]\n      ${to('v2')}\n    - ${to('v1')}`);
    expect(sentences(plain, only)).toContain('http://reviews:9080: every path with end-user: jason\n');
    const others = vs(`    - match: [${jason}]\n      ${to('v1')}\n    - ${to('v3')}`);
    expect(sentences(plain, others)).toContain('http://reviews:9080: every path without end-user: jason\n');
  });

  it('tells shares, rewrites, time-outs, retries, faults and answers of proxies', () => {
    const plain = vs(`    - ${to('v1')}`);
    const changed = (rule: string) => sentences(plain, vs(`    - ${rule}\n      ${to('v1')}`));
    expect(changed('timeout: 3s')).toContain('after:  reviews-v1 (time-out 3s)');
    expect(changed('retries: {attempts: 5}')).toContain('after:  reviews-v1 (5 retries)');
    expect(changed('rewrite: {authority: x}')).toContain('after:  reviews-v1 (host x)');
    expect(changed('fault: {abort: {httpStatus: 418, percentage: {value: 25}}}')).toContain(
      'after:  75 % reviews-v1 + 25 % 418',
    );
    const split =
      '    - route: [{destination: {host: reviews, subset: v1}, weight: 80}, {destination: {host: reviews, subset: v9}, weight: 20}]';
    expect(sentences(plain, vs(split))).toContain('after:  80 % reviews-v1 + 20 % 503');
    expect(sentences(plain, vs('    - redirect: {uri: /x}'))).toContain('301 (to http://');
  });
});

describe('samplesOf', () => {
  it.each([
    [{ exact: '/a' }, ['/a']],
    [{ prefix: '/a' }, ['/a', '/a/x']],
    [{ prefix: '/a/' }, ['/a/', '/a/x']],
    [{ regex: '/users(/.*)?' }, ['/users']],
    [{ regex: '^(.*?;)?(user=jason)(;.*)?$' }, ['user=jason']],
    [{ regex: '(?i)ABC' }, ['ABC']],
    [{ regex: '[' }, []],
    [{ present: true as const }, ['any']],
  ])('%j', (match, values) => {
    expect(samplesOf(match).map(({ value }) => value)).toEqual(values);
  });
});
