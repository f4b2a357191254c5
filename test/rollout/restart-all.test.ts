import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { formatPhases, sumOf } from '#test/rollout/report.ts';
import { restartAll } from '#test/rollout/restart-all.ts';
import { failures } from '#test/rollout/tally.ts';

let server: Server;
let answer: (host: string | undefined) => number | undefined;
beforeEach(async () => {
  server = createServer((request, response) => {
    const status = answer(request.headers.host);
    if (status === undefined) request.socket.destroy();
    else response.writeHead(status).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => server.close());

const deployment = (name: string) => ({
  metadata: { name },
  spec: { selector: { matchLabels: { app: name } } },
});

/** A cluster whose pods are replaced when the first poll after a restart has seen both. */
function fakeKubectl(restarting: (name: string) => void) {
  const calls: string[] = [];
  let generation = 1;
  let overlap = 0;
  const kubectl = async (...args: string[]) => {
    calls.push(args.join(' '));
    const [verb, what, name = ''] = args;
    if (verb === 'rollout' && what === 'restart') {
      generation++;
      overlap = 2;
      restarting(name.replace('deploy/', ''));
    }
    if (verb !== 'get') return '';
    const pods = overlap-- > 0 ? [generation - 1, generation] : [generation];
    return JSON.stringify({ items: pods.map((pod) => ({ metadata: { name: `pod-${pod}` } })) });
  };
  return { kubectl, calls };
}

const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

it('counts every failure, and waits until the old pods are gone', async () => {
  let refusals = 0;
  answer = () => (refusals-- > 0 ? 503 : 200);
  const { kubectl, calls } = fakeKubectl((name) => {
    if (name === 'b') refusals = 3;
  });
  const deployments = ['a', 'b'].map(deployment);
  const phases = await restartAll({ kubectl, deployments, url: url(), connections: 2, rounds: 1 });
  expect(phases.map(({ name }) => name)).toEqual(['before', 'a', 'b', 'after']);
  // A request may begin before a restart and fail because of it, so that only the ends are certain.
  expect([phases[0], phases[3]].map((phase) => phase && failures(phase))).toEqual([0, 0]);
  expect(sumOf(phases).failed).toEqual({ 503: 3 });
  expect(calls.slice(0, 5)).toEqual([
    'get pods -l app=a -o json',
    'rollout restart deploy/a',
    'rollout status deploy/a --timeout=120s',
    'get pods -l app=a -o json',
    'get pods -l app=a -o json',
  ]);
});

it('asks for the host, and a cut connection is a failure with its code', async () => {
  const hosts = new Set<string | undefined>();
  let cuts = 1;
  answer = (host) => {
    hosts.add(host);
    return cuts-- > 0 ? undefined : 200;
  };
  const { kubectl } = fakeKubectl(() => {});
  const phases = await restartAll({
    ...{ kubectl, deployments: [deployment('a')], url: url(), host: 'chain.test', connections: 1, rounds: 1 },
  });
  expect([...hosts]).toEqual(['chain.test']);
  expect(sumOf(phases).failed).toEqual({ UND_ERR_SOCKET: 1 });
});

it('shows a row for each phase and the sum', () => {
  const text = formatPhases([
    {
      name: 'frontend-prod',
      requests: 10,
      failed: { 503: 1, UND_ERR_SOCKET: 2 },
      said: { 503: 'no healthy upstream' },
    },
    { name: 'after', requests: 5, failed: {}, said: {} },
  ]);
  expect(text).toMatch(/frontend-prod │ +10 │ +3 │ 1 × 503, 2 × UND_ERR_SOCKET/);
  expect(text).toContain('503 while frontend-prod: no healthy upstream\n');
  expect(text).toMatch(/in all +│ +15 │ +3 │/);
});
