import { describe, expect, it } from 'vitest';
// @ts-expect-error plain JavaScript, as browsers run it
import { differences } from '#mesh/console/page/diff.js';
// @ts-expect-error plain JavaScript, as browsers run it
import { columnsOf, MEASURES, quantileOf, remember, withStatus } from '#mesh/console/page/history.js';
// @ts-expect-error plain JavaScript, as browsers run it
import { fieldAt, optionsAt, placeAt } from '#mesh/console/page/schema-help.js';

describe('differences', () => {
  const shown = (before: string, after: string) =>
    differences(before, after).map(({ kind, text }: { kind: string; text: string }) => `${kind} ${text}`);

  it('keep what is the same in both', () => {
    expect(shown('a\nb\nc\n', 'a\nx\nc\nd\n')).toEqual(['kept a', 'gone b', 'new x', 'kept c', 'new d']);
  });

  it('of nothing and something are all new, or all gone', () => {
    expect(shown('', 'a\n')).toEqual(['new a']);
    expect(shown('a\n', '')).toEqual(['gone a']);
  });
});

describe('the field at a line', () => {
  const text = `apiVersion: v1
kind: Service
---
apiVersion: networking.istio.io/v1
kind: VirtualService
spec:
  http:
    - match:
        - headers:
            end-user:
              exact: jason
      route:
        - destination:
            host: reviews
`;
  const at = (line: number) => fieldAt(text, line);

  it.each([
    [6, ['spec']],
    [8, ['spec', 'http', 'match']],
    [11, ['spec', 'http', 'match', 'headers', 'end-user', 'exact']],
    [12, ['spec', 'http', 'route']],
    [14, ['spec', 'http', 'route', 'destination', 'host']],
  ])('%i is found by its indentation', (line, path) => {
    expect(at(line)).toEqual({ apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', path });
  });

  it('belongs to its own document', () => expect(at(2)).toMatchObject({ kind: 'Service' }));
});

describe('what may stand at the cursor', () => {
  const text = `apiVersion: example.io/v1
kind: Thing
spec:
  parts:
    - kin
`;
  const kinds = { type: 'string', enum: ['Small', 'Large'] };
  const document = {
    components: {
      schemas: {
        'io.example.v1.Thing': {
          type: 'object',
          properties: {
            spec: { allOf: [{ $ref: '#/components/schemas/io.example.v1.Spec' }], description: 'All of it.' },
            status: { type: 'object' },
          },
          'x-kubernetes-group-version-kind': [{ group: 'example.io', version: 'v1', kind: 'Thing' }],
        },
        'io.example.v1.Spec': {
          type: 'object',
          properties: {
            parts: {
              type: 'array',
              items: {
                type: 'object',
                required: ['kind'],
                properties: { kind: kinds, skin: { type: 'boolean' }, labels: { type: 'object' } },
              },
            },
          },
        },
      },
    },
  };
  const offered = (source: string, typed = source.length) => {
    const place = placeAt(source, typed);
    return (
      place && optionsAt(document, place).map(({ insert, type }: Record<string, string>) => [insert, type])
    );
  };

  it('are the fields of the list entry in which one writes, those that begin so first', () => {
    const expected = [
      ['kind: ', 'one of Small, Large, required'],
      ['skin: ', 'boolean'],
    ];
    expect(offered(text, text.length - 1)).toEqual(expected);
  });

  it('is a further field of the same entry', () => {
    expect(offered(`${text.replace('kin\n', 'kind: Small\n')}      la`)).toEqual([
      ['labels:\n        ', 'object'],
    ]);
  });

  it('are the values of a field', () => {
    const value = text.replace('kin\n', 'kind: L');
    expect(offered(value)).toEqual([
      ['Large', ''],
      ['Small', ''],
    ]);
    expect(offered(text.replace('kin\n', 'skin: '))?.map(([name]: string[]) => name)).toEqual([
      'true',
      'false',
    ]);
  });

  it('are at the root what one writes, not what the mesh reports', () => {
    expect(offered('apiVersion: example.io/v1\nkind: Thing\ns')).toEqual([['spec:\n  ', 'object']]);
  });

  it.each([
    ['in the middle of a word', text, text.length - 3],
    ['behind a value that ended', `${text.replace('kin\n', 'kind: Small ')}`, undefined],
    ['in a kind that nobody serves', text.replace('Thing', 'Other'), text.length - 1],
    ['below a field that is unknown', text.replace('parts:', 'pieces:'), text.length],
  ])('is nothing %s', (_, source, position) => {
    expect(offered(source, position) ?? []).toEqual([]);
  });
});

describe('what charts remember', () => {
  const edge = (id: string, rate: number, more: object = {}) => ({
    ...{ id, rate, errors: 0, connections: 0, sentBytes: 0, receivedBytes: 0 },
    ...{ times: [], codes: {}, ...more },
  });
  const columns = (measure: unknown, ...ids: string[]) =>
    columnsOf([{ edges: ids.map((id) => ({ id })), measure }]);

  it('adds several arrows up, look by look', () => {
    remember({ at: 1_000, edges: [edge('sum a', 2), edge('sum b', 3)] });
    remember({ at: 2_000, edges: [edge('sum b', 5, { errors: 0.2 })] });
    expect(columns(MEASURES.requests, 'sum a', 'sum b')).toEqual([
      [1, 2],
      [5, 5],
    ]);
    expect(columns(MEASURES.success, 'sum a', 'sum b')).toEqual([
      [1, 2],
      [100, 80],
    ]);
  });

  it('says nothing of how many succeed, and how fast, where nobody asks', () => {
    remember({ at: 3_000, edges: [edge('quiet', 0)] });
    expect(columns(MEASURES.success, 'quiet')[1]).toEqual([null]);
    expect(columns(quantileOf(0.5), 'quiet')[1]).toEqual([null]);
  });

  it('has the quantiles of all requests together, not the slowest arrow', () => {
    const fast = { times: [[0, 10, 98]] };
    const slow = {
      times: [
        [0, 10, 1],
        [100, null, 1],
      ],
    };
    remember({ at: 4_000, edges: [edge('fast', 98, fast), edge('slow', 2, slow)] });
    expect(columns(quantileOf(0.5), 'fast', 'slow')[1][0]).toBeCloseTo(5.05);
    expect(columns(quantileOf(0.5), 'slow')[1]).toEqual([10]);
    expect(columns(quantileOf(0.999), 'slow')[1]).toEqual([100]);
  });

  it('counts by status', () => {
    remember({ at: 5_000, edges: [edge('codes', 3, { codes: { 200: 2, 503: 1 } })] });
    expect(columns(withStatus('503'), 'codes')[1]).toEqual([1]);
    expect(columns(withStatus('404'), 'codes')[1]).toEqual([0]);
  });

  it('forgets what is older than five minutes, and arrows that are gone', () => {
    remember({ at: 10_000, edges: [edge('old', 1), edge('lasting', 1)] });
    remember({ at: 320_000, edges: [edge('lasting', 2)] });
    expect(columns(MEASURES.requests, 'old')[0]).toEqual([]);
    expect(columns(MEASURES.requests, 'lasting')).toEqual([[320], [2]]);
  });
});
