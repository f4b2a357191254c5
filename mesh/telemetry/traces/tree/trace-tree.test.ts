import { describe, expect, it } from 'vitest';
import type { Span } from '#mesh/telemetry/traces/span.ts';
import { retriedTrace, type SpanFacts, spanOf } from '#mesh/telemetry/traces/testing/spans.ts';
import { rowsOf, treeOf } from '#mesh/telemetry/traces/tree/trace-tree.ts';

/** The tree as lines: a dot for each level, the service, the kind, and which attempt it is. */
function drawn(spans: readonly Span[]): readonly string[] {
  return rowsOf(treeOf(spans)).map(({ depth, span, attempt, orphan }) =>
    [
      `${'.'.repeat(depth)}${span.localEndpoint?.serviceName}`,
      span.kind?.toLowerCase(),
      attempt && `${attempt.number}/${attempt.of}`,
      orphan && 'orphan',
    ]
      .filter(Boolean)
      .join(' '),
  );
}

const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((digit) => digit.padStart(16, '0')) as [
  string,
  string,
  string,
  string,
];
const client = (facts: SpanFacts) => spanOf({ kind: 'CLIENT', ...facts });
const server = (facts: SpanFacts) => spanOf({ kind: 'SERVER', ...facts });
const failed = { tags: { error: 'true' } };

describe('the tree of a trace', () => {
  it('nests calls, siblings by their start, whatever the order of their arrival', () => {
    const spans = [
      spanOf({ id: c, parentId: a, at: 5, service: 'second' }),
      spanOf({ id: b, parentId: a, at: 2, service: 'first' }),
      spanOf({ id: d, parentId: b, at: 3, service: 'inner' }),
      spanOf({ id: a, takes: 50 }),
    ];
    expect(drawn(spans)).toEqual(['frontend', '.first', '..inner', '.second']);
  });

  it('joins the halves of a span that client and server share', () => {
    const spans = [
      server({ id: b, parentId: a, shared: true, service: 'middleware', at: 1, takes: 30 }),
      client({ id: b, parentId: a, service: 'frontend', takes: 40 }),
      client({ id: c, parentId: b, service: 'middleware', at: 5 }),
      server({ id: a, service: 'frontend', takes: 50 }),
    ];
    expect(drawn(spans)).toEqual([
      'frontend server',
      '.frontend client',
      '..middleware server',
      '...middleware client',
    ]);
  });

  it('hangs a program of another name under the half of its own sidecar', () => {
    const spans = [
      client({ id: b, service: 'frontend.default', takes: 40 }),
      server({ id: b, shared: true, service: 'middleware.default', at: 1, takes: 30 }),
      server({ id: c, parentId: b, service: 'middleware-prod', at: 2 }),
    ];
    expect(drawn(spans)).toEqual([
      'frontend.default client',
      '.middleware.default server',
      '..middleware-prod server',
    ]);
  });

  it('shows retries as attempts when the client counts them', () => {
    expect(drawn(retriedTrace())).toEqual([
      'frontend server',
      '.frontend client 1/2',
      '.frontend client 2/2',
      '..middleware server',
    ]);
  });

  it('shows as attempts the servers that continued one span, each with its own calls', () => {
    const spans = [
      client({ id: b, takes: 90 }),
      server({ id: b, shared: true, service: 'prod', at: 10, takes: 20, ...failed }),
      server({ id: b, shared: true, service: 'canary', at: 50, takes: 30 }),
      spanOf({ id: c, parentId: b, service: 'program', at: 55 }),
      spanOf({ id: d, parentId: b, service: 'program', at: 12 }),
    ];
    expect(drawn(spans)).toEqual([
      'frontend client',
      '.prod server 1/2',
      '..program',
      '.canary server 2/2',
      '..program',
    ]);
  });

  it('shows as attempts calls that follow each other after failures', () => {
    const spans = [
      server({ id: a, takes: 90 }),
      client({ id: b, parentId: a, at: 1, takes: 10, ...failed }),
      client({ id: c, parentId: a, at: 20, takes: 10 }),
    ];
    expect(drawn(spans)).toEqual(['frontend server', '.frontend client 1/2', '.frontend client 2/2']);
  });

  it.each([
    ['calls that succeed', { at: 20 }, {}],
    ['parallel calls', { at: 5 }, failed],
    ['calls of different servers', { at: 20, name: 'other' }, failed],
  ])('does not take %s for retries', (_what, second, first) => {
    const spans = [
      server({ id: a, takes: 90 }),
      client({ id: b, parentId: a, at: 1, takes: 10, ...first }),
      client({ id: c, parentId: a, takes: 10, ...second }),
    ];
    expect(drawn(spans)).toEqual(['frontend server', '.frontend client', '.frontend client']);
  });

  it('says when a parent has not arrived, and survives broken parents', () => {
    expect(drawn([spanOf({ id: b, parentId: a })])).toEqual(['frontend orphan']);
    expect(drawn([spanOf({ id: a, parentId: a })])).toEqual(['frontend orphan']);
    const circle = [spanOf({ id: a, parentId: b }), spanOf({ id: b, parentId: a, at: 1 })];
    expect(drawn(circle)).toHaveLength(2);
  });
});
