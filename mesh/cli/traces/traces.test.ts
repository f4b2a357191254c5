import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CliContext } from '#mesh/cli/context.ts';
import { fakeClient } from '#mesh/cli/testing/fake-client.ts';
import { runCli } from '#mesh/cli/testing/run-cli.ts';
import type { Overview } from '#mesh/run/api.ts';
import {
  retriedTrace,
  type StartedCollector,
  spanOf,
  startCollector,
  startServer,
} from '#mesh/telemetry/traces/testing/spans.ts';
import { expectGoldenText } from '#test/golden.ts';

const [retried, quick] = ['1111111111111111', '2222222222222222'] as const;

let collector: StartedCollector;
beforeAll(async () => {
  collector = await startCollector();
  collector.store.add(retriedTrace(retried));
  collector.store.add([spanOf({ traceId: quick, at: 1000, takes: 3 })]);
});
afterAll(() => collector.close());

const fetchText: CliContext['fetchText'] = async (url) => {
  const response = await fetch(url);
  return { status: response.status, text: await response.text() };
};

function run(argv: readonly string[], traces: Partial<NonNullable<Overview['traces']>> = {}, env = {}) {
  const page = { name: 'mesh101', url: 'http://localhost:16686' };
  const overview = {
    ...{ pods: [], urls: [], standIns: [] },
    traces: { page, api: collector.origin, zipkin: '', embedded: true, ...traces },
  };
  return runCli(['traces', ...argv], { client: fakeClient({ overview }), overrides: { fetchText, env } });
}

const idsOf = (text: string) => text.match(/\b(?:1{16}|2{16})\b/g) ?? [];

describe('mesh traces', () => {
  it('lists the last traces', async () => {
    const { exitCode, stdout } = await run([]);
    const lines = stdout.split('\n');
    expect(exitCode).toBe(0);
    expect(lines[0]).toBe('TIME           TRACE ID           DURATION   STATUS   SPANS   ERRORS   ROOT');
    expect(lines[1]).toMatch(
      /^\d\d:\d\d:01\.000 {3}2222222222222222 {3}3 ms {7}- {8}1 {7}- {8}frontend get \/$/,
    );
    expect(lines[2]).toMatch(/ 1111111111111111 {3}100 ms {5}200 {6}4 {7}✖ 1 {6}frontend get \/$/);
  });

  it.each([
    [['--service', 'middleware'], [retried]],
    [['--operation', 'GET /', '--limit', '1'], [quick]],
    [['--min-duration', '50ms'], [retried]],
    [['--max-duration=50ms'], [quick]],
    [['--error'], [retried]],
    [['--tag', 'http.status_code=503', '--tag', 'response_flags=UF'], [retried]],
    [['--tag', 'gone'], []],
  ])('%j', async (flags, expected) => {
    expect(idsOf((await run(flags)).stdout)).toEqual(expected);
  });

  it('draws one', async () => {
    const { stdout } = await run([retried], {}, { COLUMNS: '90' });
    const withoutClock = stdout.replace(/^\d\d:\d\d:00\.000/m, '12:00:00.000');
    expectGoldenText(join(import.meta.dirname, 'testdata/waterfall.txt'), withoutClock);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(90);
  });

  it('links to the page of a Zipkin', async () => {
    const page = { name: 'Zipkin', url: 'http://127.0.0.1:9411/zipkin/' };
    const { stdout } = await run([retried], { page, embedded: false });
    expect(stdout).toContain(`\nhttp://127.0.0.1:9411/zipkin/traces/${retried}\n`);
  });

  it('gives data', async () => {
    expect(JSON.parse((await run([retried, '-o', 'json'])).stdout)).toHaveLength(4);
    expect(JSON.parse((await run(['-o', 'json', '--error'])).stdout)).toHaveLength(1);
  });

  it.each([
    [
      ['--min-duration', 'soon'],
      'error: --min-duration: "soon" is no duration; write 250us, 100ms, 1.5s or 2m\n',
    ],
    [['--since', 'noon'], 'error: --since: "noon" is no duration; write 250us, 100ms, 1.5s or 2m\n'],
    [['--limit', '0'], 'error: --limit: "0" is no number from 1 to 1000\n'],
    [['-o', 'xml'], 'error: unknown output format "xml"; there is json\n'],
    [
      ['latest'],
      'error: "latest" is not a trace id, which has 16 or 32 hexadecimal digits; see mesh traces\n',
    ],
    [['abc'], 'error: no trace 0000000000000abc: it has not arrived yet, or newer ones have replaced it\n'],
  ])('%j is refused with the reason', async (argv, message) => {
    expect(await run(argv)).toEqual({ exitCode: 1, stdout: '', stderr: message });
  });

  it('says where the traces are when it cannot read them', async () => {
    const none = await runCli(['traces'], { client: fakeClient() });
    expect(none.stderr).toBe('error: this mesh makes no traces: it was started with --traces-to none\n');
    const client = fakeClient({
      overview: {
        ...{ pods: [], urls: [], standIns: [] },
        traces: { page: { name: 'Jaeger', url: 'http://127.0.0.1:16686' }, zipkin: '', embedded: false },
      },
    });
    const jaeger = await runCli(['traces'], { client });
    expect(jaeger.stderr).toContain('error: the traces go to http://127.0.0.1:16686, which does not speak');
    const server = await startServer(500, {}, 'broken');
    await server.close();
    expect((await run([], { api: server.origin })).stderr).toContain(
      `error: no answer from ${server.origin}`,
    );
  });
});
