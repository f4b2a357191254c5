import { describe, expect, it } from 'vitest';
import { readForm, type SearchForm } from '#mesh/telemetry/traces/query/form-query.ts';
import { operationNames, remoteServiceNames, serviceNames } from '#mesh/telemetry/traces/query/names.ts';
import { search } from '#mesh/telemetry/traces/query/search.ts';
import { fromZipkinQuery, toZipkinQuery } from '#mesh/telemetry/traces/query/zipkin-query.ts';
import { TraceStore } from '#mesh/telemetry/traces/store/trace-store.ts';
import { retriedTrace, spanOf, start } from '#mesh/telemetry/traces/testing/spans.ts';

const [quick, retried, slow] = ['1', '2', '3'].map((digit) => digit.padStart(16, '0')) as [
  string,
  string,
  string,
];
const now = start / 1000 + 60_000;

const store = new TraceStore();
store.add([spanOf({ traceId: quick, takes: 5, at: -1000 })]);
store.add(retriedTrace(retried));
store.add([
  spanOf({
    traceId: slow,
    service: 'backend',
    name: 'GET /fibonacci',
    takes: 1500,
    at: 1000,
    tags: { n: '27' },
    annotations: [{ timestamp: start, value: 'computed' }],
    remoteEndpoint: { serviceName: 'database' },
  }),
]);

const zipkin = (query: string) =>
  search(store.all(), fromZipkinQuery(new URLSearchParams(query))).map(({ id }) => id);
const form = (fields: SearchForm) => search(store.all(), readForm(fields, now).query).map(({ id }) => id);

describe("Zipkin's search", () => {
  it.each([
    ['', [slow, retried, quick]],
    ['limit=1', [slow]],
    ['serviceName=FRONTEND', [retried, quick]],
    ['serviceName=nobody', []],
    ['serviceName=backend&spanName=get+/fibonacci', [slow]],
    ['serviceName=frontend&spanName=all', [retried, quick]],
    ['serviceName=frontend&spanName=GET+/fibonacci', []],
    ['minDuration=100000', [slow, retried]],
    ['minDuration=6000&maxDuration=100000', [retried]],
    ['serviceName=middleware&maxDuration=30000', [retried]],
    ['annotationQuery=error', [retried]],
    ['annotationQuery=http.status_code%3D503+and+error', [retried]],
    ['annotationQuery=http.status_code%3D503+and+n', []],
    ['annotationQuery=n', [slow]],
    ['annotationQuery=computed', [slow]],
    ['serviceName=middleware&annotationQuery=http.status_code%3D503', []],
    [`endTs=${start / 1000}&lookback=500`, [retried]],
  ])('%s', (query, expected) => {
    expect(zipkin(query)).toEqual(expected);
  });

  it.each(['limit=0', 'limit=x', 'minDuration=fast', 'endTs=-1'])('%s is refused', (query) => {
    expect(() => zipkin(query)).toThrow(`${query.split('=')[0]}: `);
  });

  it('reads back what it writes', () => {
    const { query } = readForm(
      {
        service: 'frontend',
        operation: 'get /',
        minDuration: '1ms',
        maxDuration: '2s',
        status: 'error',
        tags: ['a=b=c', 'd'],
        limit: '7',
      },
      now,
    );
    expect(fromZipkinQuery(toZipkinQuery(query))).toEqual(query);
  });
});

describe("a person's search", () => {
  it.each([
    [{}, [slow, retried, quick]],
    [{ service: ' Frontend ', operation: 'GET /' }, [retried, quick]],
    [{ minDuration: '1s' }, [slow]],
    [{ maxDuration: '10ms' }, [quick]],
    [{ status: 'error' }, [retried]],
    [{ status: 'ok' }, [slow, quick]],
    [{ tags: ['http.status_code=503 and response_flags=UF'] }, [retried]],
    [{ lookback: '59.5s' }, [slow]],
    [{ limit: '2' }, [slow, retried]],
  ])('%j', (fields, expected) => {
    expect(form(fields)).toEqual(expected);
  });

  it('is told what is wrong with it, and searches by the rest', () => {
    const fields = { minDuration: 'soon', status: 'broken', limit: '0', service: 'backend' };
    expect(Object.keys(readForm(fields, now).mistakes)).toEqual(['minDuration', 'status', 'limit']);
    expect(form(fields)).toEqual([slow]);
  });
});

it('names services, operations, and whom they call', () => {
  expect(serviceNames(store.all())).toEqual(['backend', 'frontend', 'middleware']);
  expect(operationNames(store.all(), 'backend')).toEqual(['GET /fibonacci']);
  expect(operationNames(store.all(), undefined)).toEqual(['GET /fibonacci', 'get /']);
  expect(remoteServiceNames(store.all(), 'backend')).toEqual(['database']);
});
