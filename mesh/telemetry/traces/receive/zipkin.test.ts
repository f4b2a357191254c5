import { describe, expect, it } from 'vitest';
import { SpansMistake } from '#mesh/telemetry/traces/receive/mistake.ts';
import { readZipkin } from '#mesh/telemetry/traces/receive/zipkin.ts';

const read = (value: unknown) => readZipkin(Buffer.from(JSON.stringify(value)));
const minimal = { traceId: 'abc', id: '1' };

describe('spans in Zipkin v2 JSON', () => {
  it('are read as Envoy sends them', () => {
    const [span] = read([
      {
        traceId: '463AC35C9F6413AD48485A3953BB6124',
        id: 'A2FB4A1D1A96D312',
        parentId: '48485a3953bb6124',
        name: 'middleware.default.svc.cluster.local:80/*',
        kind: 'CLIENT',
        timestamp: 1_767_268_800_000_000,
        duration: 1500,
        localEndpoint: { serviceName: 'Frontend.default', ipv4: '127.0.0.1', port: 0 },
        remoteEndpoint: { ipv4: '127.0.0.1', port: 28_115 },
        annotations: [{ timestamp: 1_767_268_800_001_500, value: 'cr' }],
        tags: { 'http.status_code': '503', error: 'true' },
      },
    ]);
    expect(span).toEqual({
      traceId: '463ac35c9f6413ad48485a3953bb6124',
      id: 'a2fb4a1d1a96d312',
      parentId: '48485a3953bb6124',
      name: 'middleware.default.svc.cluster.local:80/*',
      kind: 'CLIENT',
      timestamp: 1_767_268_800_000_000,
      duration: 1500,
      localEndpoint: { serviceName: 'frontend.default', ipv4: '127.0.0.1', port: 0 },
      remoteEndpoint: { ipv4: '127.0.0.1', port: 28_115 },
      annotations: [{ timestamp: 1_767_268_800_001_500, value: 'cr' }],
      tags: { 'http.status_code': '503', error: 'true' },
    });
  });

  it('may lack all that is not an id, and say so with null', () => {
    const filled = { ...minimal, name: null, kind: null, tags: null, localEndpoint: null, parentId: null };
    expect(read([minimal])).toEqual(read([filled]));
  });

  it('have ids of one form: a trace of 64 bits is the one that was filled up with zeros', () => {
    const [short] = read([{ traceId: '48485A3953BB6124', id: 'F' }]);
    const [long] = read([{ traceId: '000000000000000048485a3953bb6124', id: '000000000000000f' }]);
    expect(short).toEqual(long);
  });

  it('are cut where they are longer than anybody reads', () => {
    const [span] = read([{ ...minimal, tags: { body: 'x'.repeat(100_000) } }]);
    expect(span?.tags['body']).toHaveLength(8193);
  });

  it.each([
    ['{', 'the body is not JSON: '],
    ['{}', 'the body: Invalid input: expected array, received object'],
    ['[{"id":"1"}]', '[0].traceId: '],
    ['[{"traceId":"0000","id":"1"}]', '[0].traceId: up to 32 hexadecimal digits, not all zero, are wanted'],
    ['[{"traceId":"1","id":"xyz"}]', '[0].id: up to 16 hexadecimal digits are wanted'],
    ['[{"traceId":"1","id":"1","kind":"client"}]', '[0].kind: '],
    ['[{"traceId":"1","id":"1","annotations":[{"value":"x"}]}]', '[0].annotations[0].timestamp: '],
  ])('%s is refused with the place', (body, message) => {
    const attempt = () => readZipkin(Buffer.from(body));
    expect(attempt).toThrow(SpansMistake);
    expect(attempt).toThrow(message);
  });
});
