import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { platformVariables } from '#platform/config.ts';
import { runService } from '#platform/service.ts';
import { headersTracing } from '#platform/tracing/headers.ts';
import { startTracing } from '#platform/tracing/start.ts';

const MISTAKEN = {
  TRACING: 'banana',
  OTEL_TRACES_SAMPLER: 'sometimes',
  OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
  OTEL_PROPAGATORS: 'b3,x',
  JAEGER_PORT: '0',
};

test('mistakes start no SDK, and the service names them all', async () => {
  expect(await startTracing(MISTAKEN, 'test')).toBe(headersTracing);
  const stderr = new PassThrough();
  const createApp = () => {
    throw new Error('the service must not start');
  };
  const service = { name: 'test', variables: platformVariables, createApp };
  const stdout = new PassThrough();
  const code = await runService(service, {
    ...{ env: MISTAKEN, stdout, stderr: stderr, stop: AbortSignal.abort() },
  });
  expect(code).toBe(78);
  const said = text(stderr);
  stderr.end();
  expect((await said).trimEnd().split('\n')).toEqual([
    'test cannot start: 5 environment variables are wrong',
    '  TRACING="banana": must be one of headers, simple, full',
    expect.stringContaining('  JAEGER_PORT="0": must be a whole number from 1 to 65535'),
    '  OTEL_EXPORTER_OTLP_PROTOCOL="grpc": must be one of http/json, http/protobuf',
    expect.stringContaining('  OTEL_PROPAGATORS="b3,x": must be a comma separated list of tracecontext'),
    expect.stringContaining('  OTEL_TRACES_SAMPLER="sometimes": must be one of always_on'),
  ]);
});

test.each([[{}], [{ TRACING: 'headers' }], [{ TRACING: 'full', OTEL_SDK_DISABLED: 'True' }]])(
  '%j: by hand',
  async (env) => {
    expect(await startTracing(env, 'test')).toBe(headersTracing);
  },
);
