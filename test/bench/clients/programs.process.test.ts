import { once } from 'node:events';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { fortio } from '#test/bench/clients/fortio.ts';
import { load } from '#test/bench/clients/load.ts';
import { wrk } from '#test/bench/clients/wrk.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';

/** A program that writes down how it is called, and prints a report. */
function standIn(name: string, report: string): { readonly path: string; called(): string } {
  const folder = temporaryDirectory();
  const path = join(folder, name);
  const calls = join(folder, 'calls');
  writeFileSync(join(folder, 'report'), report);
  writeFileSync(path, `#!/bin/sh\necho "$@" >'${calls}'\ncat '${folder}/report'\n`);
  chmodSync(path, 0o700);
  return { path, called: () => readFileSync(calls, 'utf8').trim() };
}

function environment(variables: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
}

const REPORT = {
  ActualDuration: 1e9,
  RetCodes: { 200: 10 },
  DurationHistogram: { Count: 10, Percentiles: [{ Percentile: 50, Value: 0.02 }] },
};

it('fortio sends at a rate, its connections one after the other', async () => {
  const program = standIn('fortio', JSON.stringify(REPORT));
  environment({ FORTIO: program.path });
  const run = await fortio()?.({ url: 'http://a/', connections: 8, seconds: 4, rate: 500, resolution: 1e-5 });
  expect(run).toMatchObject({ requests: 10, seconds: 1, percentiles: { 50: 20 } });
  expect(program.called()).toBe(
    'load -uniform -c 8 -t 4s -qps 500 -r 0.00001 -p 50,90,99 -json - -loglevel Critical http://a/',
  );
});

it('wrk sends on one thread', async () => {
  const program = standIn('wrk', '     50%  775.00us\n  20 requests in 2.00s, 1.00KB read\n');
  environment({ WRK: program.path });
  const run = await wrk()?.({ url: 'http://a/', connections: 8, seconds: 2 });
  expect(run).toMatchObject({ requests: 20, seconds: 2, cpuSeconds: expect.any(Number) });
  expect(program.called()).toBe('-t 1 -c 8 -d 2s --latency http://a/');
});

it('neither is there where nothing names it', () => {
  environment({ FORTIO: '', WRK: '', PATH: temporaryDirectory() });
  expect([fortio(), wrk()]).toEqual([undefined, undefined]);
});

it('load is a process of its own, and no proxy comes between', async () => {
  let requests = 0;
  const server = createServer((_req, res) => res.end(String(++requests))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  environment({ HTTP_PROXY: 'http://127.0.0.1:1', http_proxy: 'http://127.0.0.1:1' });
  const { port } = server.address() as AddressInfo;
  const run = await load({ url: `http://127.0.0.1:${port}/`, connections: 2, seconds: 0.2 });
  expect(run.requests).toBe(requests);
  expect(run.cpuSeconds).toBeGreaterThan(0);
  expect(Object.keys(run.percentiles)).toEqual(['50', '90', '99']);
});
