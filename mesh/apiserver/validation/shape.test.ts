import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadManifest } from '#mesh/istiod/config/load/load-manifest.ts';
import type { Schema } from '../shapes/schema.ts';
import { shapeOf, shapeOfCrd } from '../shapes/shape.ts';
import { applyDefaults } from './defaults.ts';
import { strictDecodingError, validateShape } from './shape.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** What is found in a manifest, as text. */
function findings(text: string, old?: unknown): string[] {
  const [document] = loadManifest({ file: 'x.yaml', text }).documents;
  const value = document?.value as { apiVersion: string; kind: string };
  const shape = shapeOf(value.apiVersion, value.kind);
  if (shape === undefined) throw new Error(`no shape for ${value.apiVersion} ${value.kind}`);
  const { unknown, causes } = validateShape(applyDefaults(value, shape), shape, old);
  return [
    ...unknown.map(({ field, meant }) => `unknown ${field}${meant === undefined ? '' : ` (${meant}?)`}`),
    ...causes.map(({ field, message }) => `${field}: ${message}`),
  ];
}

const deployment = (spec: string) =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {selector: {matchLabels: {a: b}}, template: {spec: ${spec}}}`;
const container = (fields: string) => deployment(`{containers: [{name: c, ${fields}}]}`);
const CONTAINER = 'spec.template.spec.containers[0]';
const virtualService = (http: string) =>
  `apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: v}\nspec: {hosts: [a], http: [${http}]}`;
const httpRoute = (spec: string) =>
  `apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: r}\nspec: ${spec}`;

describe('what goes wrong', () => {
  it.each([
    ['a misspelt field', container('imgae: x'), `unknown ${CONTAINER}.imgae (image?)`],
    [
      'a misspelt field of metadata',
      deployment('{}').replace('{name: d}', '{name: d, lables: {}}'),
      'unknown metadata.lables (labels?)',
    ],
    [
      "a misspelt field of Istio's",
      virtualService('{retires: {attempts: 1}}'),
      'unknown spec.http[0].retires (retries?)',
    ],
    [
      'a word for a number',
      deployment('{}').replace('{selector', '{replicas: two, selector'),
      'spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"',
    ],
    [
      'a number beyond 32 bits',
      deployment('{}').replace('{selector', '{replicas: 3000000000, selector'),
      'spec.replicas: Invalid value: 3000000000: spec.replicas in body must be of type int32: 3000000000',
    ],
    [
      'a number for a word',
      container('env: [{name: A, value: 1}]'),
      `${CONTAINER}.env[0].value: Invalid value: "integer": ${CONTAINER}.env[0].value in body must be of type string: "integer"`,
    ],
    [
      'a value that is none of the set',
      container('imagePullPolicy: Sometimes'),
      `${CONTAINER}.imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"`,
    ],
    ['no name', deployment('{containers: [{image: x}]}'), `${CONTAINER}.name: Required value`],
    [
      'no selector',
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {}',
      'spec.selector: Required value',
    ],
    [
      'a list for an object',
      container('resources: []'),
      `${CONTAINER}.resources: Invalid value: "array": ${CONTAINER}.resources in body must be of type object: "array"`,
    ],
    [
      'a quantity',
      container('resources: {limits: {cpu: 1 core}}'),
      `${CONTAINER}.resources.limits[cpu]: Invalid value: "1 core": quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`,
    ],
    [
      'a boolean label',
      deployment('{}').replace('{name: d}', '{name: d, labels: {app.kubernetes.io/x: true}}'),
      'metadata.labels[app.kubernetes.io/x]: Invalid value: "boolean": metadata.labels[app.kubernetes.io/x] in body must be of type string: "boolean"',
    ],
    [
      'a secret that is not base64',
      'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {a: "not base64"}',
      'data[a]: Invalid value: "not base64": data[a] in body must be of type byte: "not base64"',
    ],
    [
      'a percentage above 100',
      virtualService('{fault: {abort: {httpStatus: 500, percentage: {value: a}}}}'),
      'spec.http[0].fault.abort.percentage.value: Invalid value: "string": spec.http[0].fault.abort.percentage.value in body must be of type number: "string"',
    ],
    [
      'a weight that is no whole number',
      virtualService('{route: [{destination: {host: a}, weight: 1.5}]}'),
      'spec.http[0].route[0].weight: Invalid value: "number": spec.http[0].route[0].weight in body must be of type integer: "number"',
    ],
    [
      'a null',
      virtualService('{name: null}'),
      'spec.http[0].name: Invalid value: "null": spec.http[0].name in body must be of type string: "null"',
    ],
    [
      'two kinds of match',
      virtualService('{match: [{uri: {exact: a, prefix: b}}]}'),
      'spec.http[0].match[0].uri: Invalid value: "": "spec.http[0].match[0].uri" must validate one and only one schema (oneOf). Found 2 valid alternatives',
    ],
    [
      'a time that is none',
      virtualService('{timeout: soon}'),
      'spec.http[0].timeout: Invalid value: "soon": must be a valid duration greater than 1ms',
    ],
    [
      'a port beyond the bounds',
      httpRoute('{rules: [{backendRefs: [{name: b, port: 70000}]}]}'),
      'spec.rules[0].backendRefs[0].port: Invalid value: 70000: spec.rules[0].backendRefs[0].port in body should be less than or equal to 65535',
    ],
    [
      'a host name against the pattern',
      httpRoute('{hostnames: [UPPER]}'),
      'spec.hostnames[0]: Invalid value: "UPPER": spec.hostnames[0] in body should match \'^(\\*\\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$\'',
    ],
    [
      'a backend without its port',
      httpRoute('{rules: [{backendRefs: [{name: b}]}]}'),
      'spec.rules[0].backendRefs[0]: Invalid value: Must have port for Service reference',
    ],
    [
      'too many rules',
      httpRoute(`{rules: [${Array(17).fill('{}').join()}]}`),
      'spec.rules: Too many: 17: must have at most 16 items',
    ],
    [
      'an empty string',
      httpRoute('{parentRefs: [{name: ""}]}'),
      'spec.parentRefs[0].name: Invalid value: "": spec.parentRefs[0].name in body should be at least 1 chars long',
    ],
  ])('%s', (_, manifest, expected) => {
    expect(findings(manifest)).toEqual([expected]);
  });
});

describe('what is right', () => {
  it.each([
    [
      'integer or string',
      'apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: [{port: 80, targetPort: http}, {port: 81, targetPort: 8081}]}',
    ],
    [
      "an empty list or null, which Kubernetes' own kinds take for none",
      container('args: null, env: [], command: '),
    ],
    ['a quantity as a number', container('resources: {limits: {cpu: 2, memory: 1.5Gi}}')],
    [
      'free fields where the schema keeps them',
      'apiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {name: e}\nspec: {configPatches: [{applyTo: CLUSTER, patch: {operation: MERGE, value: {any: {thing: 1}}}}]}',
    ],
    [
      "an expression with Go's flags",
      'apiVersion: gateway.networking.k8s.io/v1\nkind: GRPCRoute\nmetadata: {name: g}\nspec: {rules: [{matches: [{method: {service: Com.Example}}]}]}',
    ],
    [
      'a label named like a method',
      deployment('{}').replace('{name: d}', '{name: d, labels: {constructor: x, toString: z}}'),
    ],
  ])('%s', (_, manifest) => {
    expect(findings(manifest)).toEqual([]);
  });

  const manifests = globSync('{k8s,istio}/**/*.yaml', { cwd: ROOT });
  const ofOtherTools = new Set(['Kustomization', 'Component', 'IstioOperator']);

  it.each(manifests)('%s', (file) => {
    const { documents } = loadManifest({ file, text: readFileSync(join(ROOT, file), 'utf8') });
    for (const { value } of documents) {
      const { apiVersion, kind } = value as { apiVersion: string; kind: string };
      if (ofOtherTools.has(kind)) continue;
      const shape = shapeOf(apiVersion, kind);
      expect(shape && validateShape(applyDefaults(value, shape), shape), kind).toEqual({
        unknown: [],
        causes: [],
      });
    }
  });
});

it('says unknown fields as the strict decoder does', () => {
  expect(strictDecodingError([{ field: 'spec.foo' }, { field: 'spec.a[0].b', meant: 'c' }])).toBe(
    'strict decoding error: unknown field "spec.foo", unknown field "spec.a[0].b"',
  );
});

describe("a user's CRD", () => {
  const own = (spec: Schema) => {
    const versions = [
      { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { properties: { spec } } } },
    ];
    const names = { plural: 'widgets', kind: 'Widget' };
    const definition = { apiVersion: '', kind: '', metadata: { name: '' } };
    const shape = shapeOfCrd(
      { ...definition, spec: { group: 'example.com', scope: 'Namespaced', names, versions } },
      'v1',
    );
    if (shape === undefined) throw new Error('not served');
    return (value: unknown, old?: unknown) =>
      validateShape({ spec: value }, shape, old === undefined ? undefined : { spec: old });
  };

  it('compares with the stored object where a rule asks for it', () => {
    const rules = [{ rule: 'self == oldSelf', message: 'never changes' }];
    const check = own({
      type: 'object',
      properties: { id: { type: 'integer', 'x-kubernetes-validations': rules } },
    });
    expect(check({ id: 1 }).causes).toEqual([]);
    expect(check({ id: 1 }, { id: 1 }).causes).toEqual([]);
    expect(check({ id: 2 }, { id: 1 }).causes).toEqual([
      { reason: 'FieldValueInvalid', message: 'Invalid value: 2: never changes', field: 'spec.id' },
    ]);
  });

  it('asks a rule with an optional old value of new objects too', () => {
    const rule = 'oldSelf.hasValue() ? self >= oldSelf.value() : self == 1';
    const rules = [{ rule, message: 'starts at 1 and grows', optionalOldSelf: true }];
    const check = own({ type: 'integer', 'x-kubernetes-validations': rules });
    expect([check(1), check(2), check(2, 1), check(1, 2)].map(({ causes }) => causes.length)).toEqual([
      0, 1, 0, 1,
    ]);
  });

  it('keeps sets and maps free of duplicates', () => {
    const check = own({ type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' });
    expect(check(['a', 'b', 'a']).causes).toEqual([
      { reason: 'FieldValueDuplicate', message: 'Duplicate value: "a"', field: 'spec[2]' },
    ]);
  });

  it('escapes names that are no identifiers, and evaluates with an index in has', () => {
    const rule = 'self.__if__.all(each, has(self.my__dash__list[0].a) && each > 1)';
    const check = own({
      type: 'object',
      properties: {
        if: { type: 'array', items: { type: 'integer' } },
        'my-list': { type: 'array', items: { type: 'object', properties: { a: { type: 'string' } } } },
      },
      'x-kubernetes-validations': [
        { rule, messageExpression: '"it was " + string(self.__if__[0])', reason: 'FieldValueForbidden' },
      ],
    });
    expect(check({ if: [2], 'my-list': [{ a: '' }] }).causes).toEqual([]);
    expect(check({ if: [1], 'my-list': [{ a: '' }] }).causes).toEqual([
      { reason: 'FieldValueForbidden', message: 'Forbidden: it was 1', field: 'spec' },
    ]);
    expect(check({ if: [2], 'my-list': [{}] }).causes).toHaveLength(1);
  });
});
