import { describe, expect, it } from 'vitest';
import { Kinds } from '#mesh/apiserver/kinds/kinds.ts';
import type { CustomResourceDefinition } from '#mesh/apiserver/shapes/definitions.ts';
import { printers } from '#mesh/apiserver/table/printers.ts';
import { kinds, now, objectOf, rowOf } from '#mesh/apiserver/table/testing/row-of.ts';

describe('every kind in every version', () => {
  const served = kinds.types.all.flatMap((type) => type.versions.map((version) => ({ type, version })));

  it.each(
    served.map(({ type, version }) => [`${type.plural}.${version}.${type.group}`, type, version] as const),
  )('%s has a cell for each column, of an object that says nothing', (_, type, version) => {
    const printer = printers(() => undefined)(type, version);
    const cells = printer.cells(objectOf(`v1 ${type.kind}`), now);
    expect(cells).toHaveLength(printer.columns.length);
    expect(cells.filter((cell) => cell === undefined)).toEqual([]);
    expect(JSON.stringify(cells)).not.toMatch(/undefined|NaN|\[object/);
  });
});

const widgets: CustomResourceDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        additionalPrinterColumns: [
          { name: 'Text', type: 'string', jsonPath: '.spec.text' },
          { name: 'Whole', type: 'integer', jsonPath: '.spec.number', priority: 1 },
          { name: 'Number', type: 'number', jsonPath: '.spec.number' },
          { name: 'Flag', type: 'boolean', jsonPath: '.spec.flag' },
          { name: 'When', type: 'date', jsonPath: '.spec.when' },
          { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
        ],
      },
      { name: 'v2', served: true, storage: false },
    ],
  },
};

describe('a kind that a user has defined', () => {
  const own = new Kinds();
  const type = own.define(widgets);
  const printer = printers((each) => own.definitionOf(each));
  const row = (fields: Record<string, unknown>) =>
    printer(type, 'v1').cells(objectOf('example.com/v1 Widget', fields), now);

  it('has the columns of its definition, after the name', () => {
    expect(printer(type, 'v1').columns.map(({ name, priority = 0 }) => `${name} ${priority}`)).toEqual([
      'Name 0',
      'Text 0',
      'Whole 1',
      'Number 0',
      'Flag 0',
      'When 0',
      'Ready 0',
    ]);
  });

  it('has an age when its version names no columns', () => {
    const { columns, cells } = printer(type, 'v2');
    expect(columns.map(({ name }) => name)).toEqual(['Name', 'Age']);
    expect(cells(objectOf('example.com/v2 Widget'), now)).toEqual(['it', '5m']);
  });

  it.each([
    [{}, ['it', null, null, null, null, null, null]],
    [
      {
        spec: { text: 'a', number: 2.5, flag: false, when: '2026-03-01T11:59:30Z' },
        status: { conditions: [{ type: 'Ready', status: 'True' }] },
      },
      ['it', 'a', 2, 2.5, false, '30s', 'True'],
    ],
    // A text column shows any value; the others only their own type.
    [
      { spec: { text: ['a', 'b'], number: '1', flag: 'x', when: 'soon' } },
      ['it', '["a","b"]', null, null, null, '<invalid>', null],
    ],
    [{ spec: { text: 7, when: 7 } }, ['it', '7', null, null, null, null, null]],
  ])('%j', (fields, cells) => {
    expect(row(fields)).toEqual(cells);
  });
});

it('an installed kind takes the columns of a newer definition', () => {
  const own = new Kinds();
  const names = { plural: 'virtualservices', kind: 'VirtualService' };
  const versions = [
    {
      name: 'v1',
      served: true,
      storage: true,
      additionalPrinterColumns: [{ name: 'New', type: 'string', jsonPath: '.spec.new' }],
    },
  ];
  const type = own.define({
    ...widgets,
    spec: { ...widgets.spec, group: 'networking.istio.io', names, versions },
  });
  const { columns } = printers((each) => own.definitionOf(each))(type, 'v1');
  expect(columns.map(({ name }) => name)).toEqual(['Name', 'New']);
});

describe("Istio's and Gateway API's kinds", () => {
  it.each([
    [
      'networking.istio.io/v1 VirtualService',
      { spec: { hosts: ['reviews'], gateways: ['mesh', 'front'] } },
      { Name: 'it', Gateways: '["mesh","front"]', Hosts: '["reviews"]', Age: '5m' },
    ],
    [
      'networking.istio.io/v1beta1 VirtualService',
      { spec: { hosts: ['a'] } },
      { Gateways: null, Hosts: '["a"]' },
    ],
    ['networking.istio.io/v1 DestinationRule', { spec: { host: 'reviews' } }, { Host: 'reviews' }],
    [
      'networking.istio.io/v1 ServiceEntry',
      { spec: { hosts: ['a.com'], location: 'MESH_EXTERNAL', resolution: 'DNS' } },
      { Hosts: '["a.com"]', Location: 'MESH_EXTERNAL', Resolution: 'DNS' },
    ],
    ['security.istio.io/v1 PeerAuthentication', { spec: { mtls: { mode: 'STRICT' } } }, { Mode: 'STRICT' }],
    ['security.istio.io/v1 AuthorizationPolicy', { spec: {} }, { Action: null }],
    [
      'gateway.networking.k8s.io/v1 Gateway',
      {
        spec: { gatewayClassName: 'istio' },
        status: {
          addresses: [{ value: '10.0.0.1' }],
          conditions: [
            { type: 'Accepted', status: 'False' },
            { type: 'Programmed', status: 'True' },
          ],
        },
      },
      { Name: 'it', Class: 'istio', Address: '10.0.0.1', Programmed: 'True', Age: '5m' },
    ],
    [
      'gateway.networking.k8s.io/v1 HTTPRoute',
      { spec: { hostnames: ['a.com'] } },
      { Hostnames: '["a.com"]' },
    ],
  ])('%s', (kind, fields, cells) => {
    expect(rowOf(kind, fields)).toMatchObject(cells);
  });
});
