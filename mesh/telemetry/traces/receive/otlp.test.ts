import { describe, expect, it } from 'vitest';
import { fromOtlp } from '#mesh/telemetry/traces/receive/otlp.ts';

const ids = { traceId: '5B8EFFF798038103D269B633813FC60C', spanId: 'EEE19B7EC3C1B174' };
const times = { startTimeUnixNano: '1767268800000001500', endTimeUnixNano: '1767268800002001500' };

const request = (span: object, service = 'Frontend') => ({
  resourceSpans: [
    {
      resource: {
        attributes: [
          { key: 'service.name', value: { stringValue: service } },
          { key: 'service.version', value: { stringValue: 'prod' } },
          { key: 'process.pid', value: { intValue: '12' } },
        ],
      },
      scopeSpans: [{ scope: { name: 'chain' }, spans: [{ ...ids, ...times, ...span }] }],
    },
  ],
});

describe('spans in OTLP', () => {
  it('become spans of the one model', () => {
    const [span] = fromOtlp(
      request({
        parentSpanId: 'EEE19B7EC3C1B173',
        name: 'GET /',
        kind: 3,
        attributes: [
          { key: 'http.response.status_code', value: { intValue: 503 } },
          { key: 'sampled', value: { boolValue: true } },
          { key: 'list', value: { arrayValue: { values: [{ stringValue: 'a' }, { doubleValue: 1.5 }] } } },
          { key: 'peer.service', value: { stringValue: 'Middleware' } },
        ],
        events: [
          {
            timeUnixNano: '1767268800001000000',
            name: 'exception',
            attributes: [{ key: 'exception.message', value: { stringValue: 'no answer' } }],
          },
        ],
        status: { code: 2, message: 'no answer' },
      }),
    );
    expect(span).toEqual({
      traceId: '5b8efff798038103d269b633813fc60c',
      id: 'eee19b7ec3c1b174',
      parentId: 'eee19b7ec3c1b173',
      name: 'GET /',
      kind: 'CLIENT',
      timestamp: 1_767_268_800_000_001,
      duration: 2000,
      localEndpoint: { serviceName: 'frontend' },
      remoteEndpoint: { serviceName: 'middleware' },
      tags: {
        'http.response.status_code': '503',
        sampled: 'true',
        list: '["a",1.5]',
        'peer.service': 'Middleware',
        error: 'no answer',
        'otel.status_code': 'ERROR',
        'otel.scope.name': 'chain',
        'service.version': 'prod',
      },
      annotations: [
        { timestamp: 1_767_268_800_001_000, value: 'exception {"exception.message":"no answer"}' },
      ],
    });
  });

  it.each([
    [0, undefined],
    [1, undefined],
    [2, 'SERVER'],
    [5, 'CONSUMER'],
    ['SPAN_KIND_PRODUCER', 'PRODUCER'],
  ])('kind %s', (kind, expected) => {
    expect(fromOtlp(request({ kind }))[0]?.kind).toBe(expected);
  });

  it('may be none at all', () => {
    expect(fromOtlp({})).toEqual([]);
    expect(fromOtlp({ resourceSpans: [{ scopeSpans: [{}] }] })).toEqual([]);
  });

  it.each([
    [request({ traceId: 'q83v' }), '.traceId: 32 hexadecimal digits, not all zero, are wanted'],
    [request({ spanId: '0000000000000000' }), '.spanId: 16 hexadecimal digits, not all zero, are wanted'],
    [request({ startTimeUnixNano: 'now' }), '.startTimeUnixNano: '],
    [[], 'the body: Invalid input: expected object, received array'],
  ])('is refused with the place when it is wrong', (value, message) => {
    expect(() => fromOtlp(value)).toThrow(message);
  });
});
