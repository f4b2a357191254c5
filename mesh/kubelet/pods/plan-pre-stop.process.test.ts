import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { container, type Lifecycle } from '#mesh/istiod/config/schema/kubernetes/container.ts';
import { planPreStop } from '#mesh/kubelet/pods/plan-pod.ts';

const never = new AbortController().signal;

function hookOf(lifecycle: Lifecycle, { appPort = 0, cwd = tmpdir() } = {}) {
  const declared = container.parse({ name: 'app', ports: [{ name: 'http', containerPort: 80 }], lifecycle });
  const command = {
    command: 'app',
    args: [],
    env: { ...process.env, FILE: 'left' } as Record<string, string>,
    cwd,
  };
  const ports = [{ containerPort: 80, name: 'http', appPort, inboundPort: 0 }];
  return planPreStop(declared.lifecycle, { container: declared, command, ports }).preStop;
}

test('a container without a hook has none', () => {
  expect(hookOf({})).toBeUndefined();
});

test('a pause lasts its time, unless it is cut short', async () => {
  expect(await hookOf({ preStop: { sleep: { seconds: 0 } } })?.(never)).toBe(true);
  expect(await hookOf({ preStop: { sleep: { seconds: 3600 } } })?.(AbortSignal.abort())).toBe(false);
});

test('a command runs as the container would', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'mesh101-hook-'));
  const command = ['sh', '-c', 'touch "$FILE"'];
  expect(await hookOf({ preStop: { exec: { command } } }, { cwd })?.(never)).toBe(true);
  expect(existsSync(join(cwd, 'left'))).toBe(true);
  rmSync(cwd, { recursive: true });
});

test('a request goes to the local port of the declared one', async () => {
  const asked: unknown[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url);
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const httpGet = { path: '/bye', port: 'http', scheme: 'HTTP' as const, httpHeaders: [] };
  await hookOf({ preStop: { httpGet } }, { appPort: (server.address() as AddressInfo).port })?.(never);
  server.close();
  expect(asked).toEqual(['/bye']);
});
