import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { PassThrough } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Answer, ResponseReader } from '#services/load/response-reader.ts';
import { runLoad } from '#services/load/run-load.ts';

async function serve(handler: RequestListener): Promise<string> {
  const server = createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function load(args: readonly string[], env = {}) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await runLoad({ args, env, stdout, stderr, stop: new AbortController().signal });
  const read = (stream: PassThrough) => String(stream.read() ?? '');
  return { code, out: read(stdout), err: read(stderr) };
}

describe('a run', () => {
  test('sends exactly so many requests over so many connections, and counts the codes', async () => {
    let requests = 0;
    const sockets = new Set<unknown>();
    const origin = await serve((req, res) => {
      sockets.add(req.socket);
      res.statusCode = ++requests % 10 === 0 ? 503 : 200;
      res.end('hello');
    });
    const { code, out } = await load([
      'load',
      '-c',
      '2',
      '-qps',
      '0',
      '-n',
      '20',
      '-loglevel',
      'Warning',
      origin,
    ]);
    expect([code, requests, sockets.size]).toEqual([0, 20, 2]);
    expect(out).toContain('\nCode 200 : 18 (90.0 %)\nCode 503 : 2 (10.0 %)\n');
    expect(out).toContain('\nSockets used: 2 (for perfect keepalive, would be 2)\n');
    expect(out).toMatch(/^Ended after [\d.]+s : 20 calls\. qps=[\d.]+\n/);
    expect(out).toMatch(/# target 99\.9% [\d.]+\n/);
  });

  test('keeps a rate, for a time', async () => {
    let requests = 0;
    const origin = await serve((_req, res) => res.end(String(++requests)));
    const { out } = await load(['-c', '2', '-qps', '100', '-t', '500ms', '-o', 'json', origin]);
    const report = JSON.parse(out);
    expect(report.RetCodes).toEqual({ 200: requests });
    expect(report.DurationHistogram.Count).toBe(requests);
    expect(requests).toBeLessThanOrEqual(50);
    expect(requests).toBeGreaterThan(25);
    expect(report.ActualDuration).toBeGreaterThanOrEqual(490e6);
  });

  test('measures as an HdrHistogram does: within 0.1 %', async () => {
    const { Result } = await import('#services/load/result.ts');
    const result = new Result();
    for (let ms = 1; ms <= 1000; ms++) result.record(ms, undefined);
    for (const percent of [50, 90, 99, 99.9]) {
      const exact = percent / 100;
      expect(Math.abs(result.percentile(percent) - exact) / exact).toBeLessThan(0.0011);
    }
    expect(result.ranges.reduce((sum, { count }) => sum + count, 0)).toBe(1000);
  });

  test('goes through the proxy of the environment, in absolute form', async () => {
    const seen: string[] = [];
    const proxy = await serve((req, res) => {
      seen.push(`${req.url} ${req.headers.host}`);
      res.end();
    });
    const env = { HTTP_PROXY: proxy, NO_PROXY: 'localhost,127.0.0.1' };
    await load(['-n', '1', '-c', '1', 'http://httpbin:8000/get?a=1'], env);
    expect(seen).toEqual(['http://httpbin:8000/get?a=1 httpbin:8000']);
    const { code, err } = await load(['-n', '1', '-c', '1', '-timeout', '1s', 'http://127.0.0.1:1/'], env);
    expect([code, seen.length]).toEqual([1, 1]);
    expect(err).toMatch(/^load: 1 without an answer \(Code -1\): .*ECONNREFUSED/);
  });

  test('gives up what is not answered in time, and goes on', async () => {
    let requests = 0;
    const origin = await serve((_req, res) => {
      if (++requests > 1) res.end();
    });
    const { out } = await load(['-c', '1', '-n', '3', '-timeout', '100ms', origin]);
    expect(out).toContain('Code -1 : 1 (33.3 %)\nCode 200 : 2 (66.7 %)');
  });

  test('opens a new connection where the server closes one', async () => {
    const origin = await serve((_req, res) => {
      res.shouldKeepAlive = false;
      res.end('x');
    });
    const { out } = await load(['-c', '1', '-n', '5', origin]);
    expect(out).toContain('Sockets used: 5 ');
    expect(out).toContain('Code 200 : 5 (100.0 %)');
  });
});

test('-curl shows the answer, -quiet the body alone', async () => {
  const origin = await serve((req, res) => res.setHeader('x-a', String(req.headers['x-b'])).end('body'));
  const { code, out } = await load(['load', '-curl', '-H', 'x-b: 1', origin]);
  expect(code).toBe(0);
  expect(out).toMatch(/^HTTP\/1\.1 200 OK\r\nx-a: 1\r\n[\s\S]*\r\n\r\nbody$/);
  expect((await load(['curl', '-quiet', origin])).out).toBe('body');
});

test('thresholds decide the exit code', async () => {
  const origin = await serve((_req, res) => {
    res.statusCode = 500;
    res.end();
  });
  const run = ['-c', '1', '-n', '4', '-quiet'];
  expect(await load([...run, '-max-errors', '50', origin])).toMatchObject({
    code: 1,
    err: 'load: 100.00 % of the requests failed, and -max-errors is 50\n',
  });
  expect((await load([...run, '-max-latency', 'p50=1m', '-min-qps', '0.1', origin])).code).toBe(0);
  expect((await load([...run, '-max-latency', 'p50=0', origin])).code).toBe(1);
});

test.each([
  [['-n', 'x', 'http://a/'], '-n x: must be a whole number'],
  [[], 'a URL is missing'],
  [['ftp://a/'], 'must be a URL'],
  [['-nonsense', 'http://a/'], 'nonsense'],
  [['-t', '5', 'http://a/'], '-t 5: must be a time'],
  [['-H', 'no', 'http://a/'], '-H "no": must be a header'],
  [['-max-latency', '99', 'http://a/'], 'p99=250ms'],
])('%j is one line and exit code 2', async (args, message) => {
  const { code, err } = await load(args);
  expect(code).toBe(2);
  expect(err).toContain(message);
  expect(err.trim().split('\n')).toHaveLength(1);
});

describe('an answer', () => {
  const CASES: readonly [string, string, number][] = [
    ['with a length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', 5],
    [
      'in chunks',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\na: b\r\n\r\n',
      5,
    ],
    ['without a body', 'HTTP/1.1 204 No Content\r\n\r\n', 0],
    ['after an interim one', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n', 0],
  ];

  test.each(CASES)('%s is read, however it is cut', (_name, bytes, length) => {
    for (let cut = 1; cut <= bytes.length; cut++) {
      const answers: Answer[] = [];
      const reader = new ResponseReader({ method: 'GET', onAnswer: (answer) => answers.push(answer) });
      const buffer = Buffer.alloc(cut);
      // One buffer for every piece, as a connection has it.
      for (let at = 0; at < bytes.length; at += cut)
        reader.push(buffer.subarray(0, buffer.write(bytes.slice(at, at + cut))));
      expect(answers.map(({ bodyBytes }) => bodyBytes)).toEqual([length]);
    }
  });

  test('without a length ends with the connection', async () => {
    const server = createTcpServer((socket) => void socket.end('HTTP/1.1 200 OK\r\n\r\nall of it'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    expect((await load(['curl', '-quiet', `http://127.0.0.1:${port}/`])).out).toBe('all of it');
  });
});
