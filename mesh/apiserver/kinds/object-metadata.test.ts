import { describe, expect, it } from 'vitest';
import { kindsApi } from '#mesh/apiserver/testing/kinds-api.ts';

const object = (apiVersion: string, kind: string, fields: string, name = 'x') =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: "${name}"}\n${fields}`;
const map = (fields: string, metadata = 'name: x') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {${metadata}}\n${fields}`;
const rbac = (kind: string, fields: string, name = 'x') =>
  object('rbac.authorization.k8s.io/v1', kind, fields, name);
const label64 = 'a'.repeat(64);

describe('metadata with', () => {
  it.each([
    [
      'no name',
      map('', 'labels: {a: b}'),
      ['metadata.name: Required value: name or generateName is required'],
    ],
    ['capitals', map('', 'name: A'), [/^metadata\.name: Invalid value: "A": a lowercase RFC 1123 subdomain/]],
    [
      'a dot in a namespace',
      object('v1', 'Namespace', '', 'a.b'),
      ['metadata.name: Invalid value: "a.b": must not contain dots'],
    ],
    [
      'a long namespace',
      object('v1', 'Namespace', '', label64),
      [
        `metadata.name: Invalid value: "${label64}": must be no more than 63 characters`,
        // Its label, which the server sets.
        `metadata.labels: Invalid value: "${label64}": must be no more than 63 bytes`,
      ],
    ],
    [
      'a slash in a role',
      rbac('Role', 'rules: []', 'a/b'),
      [`metadata.name: Invalid value: "a/b": may not contain '/'`],
    ],
    ['a colon in a role', rbac('ClusterRole', 'rules: []', 'system:a'), []],
    [
      'a label with a space',
      map('', 'name: x, labels: {a: "b c"}'),
      [/^metadata\.labels: Invalid value: "b c": a valid label must be/],
    ],
    [
      'a label without a name',
      map('', 'name: x, labels: {"example.com/": b}'),
      [
        'metadata.labels: Invalid value: "example.com/": name part must be non-empty',
        /^metadata\.labels: Invalid value: "example\.com\/": name part must consist/,
      ],
    ],
    [
      'an annotation of two slashes',
      map('', 'name: x, annotations: {a/b/c: d}'),
      [
        /^metadata\.annotations: Invalid value: "a\/b\/c": a valid label key must consist.*\(e\.g\. 'example\.com\/MyName'\)$/,
      ],
    ],
    [
      'annotations without end',
      map('', `name: x, annotations: {a: "${'x'.repeat(256 * 1024)}"}`),
      ['metadata.annotations: Too long: may not be more than 262144 bytes'],
    ],
    [
      'two controllers',
      map(
        '',
        'name: x, ownerReferences: [{apiVersion: v1, kind: A, name: a, uid: a, controller: true}, {apiVersion: v1, kind: B, name: b, uid: b, controller: true}]',
      ),
      [/Only one reference can have Controller set to true\. Found "true" in references for A\/a and B\/b$/],
    ],
    [
      'a finalizer that is none',
      map('', 'name: x, finalizers: ["a b"]'),
      [
        /^metadata\.finalizers: Invalid value: "a b": name part must consist/,
        'metadata.finalizers[0]: Invalid value: "a b": name is neither a standard finalizer name nor is it fully qualified',
      ],
    ],
    ['finalizers that everybody knows', map('', 'name: x, finalizers: [example.com/a, orphan]'), []],
  ])('%s', async (_, manifest, causes) => {
    expect(await kindsApi().causes(manifest)).toEqual(
      causes.map((cause) => (typeof cause === 'string' ? cause : expect.stringMatching(cause))),
    );
  });

  it('a name that the server makes is right', async () => {
    const { object: made } = await kindsApi().create(map('', 'generateName: x-'));
    expect(made.metadata.name).toMatch(/^x-[a-z0-9]{5}$/);
  });
});
