import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '#mesh/project-root.ts';

const run = promisify(execFile);
let server: Server;
let env: NodeJS.ProcessEnv;
let folder: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    response.statusCode = request.url === '/missing' ? 404 : 200;
    if (request.url === '/big') return void response.end('line\n'.repeat(200_000));
    const metrics =
      request.url === '/stats?format=prometheus' ? 'envoy_istio_requests_total{source_app=""} 1\n' : '';
    response.end(metrics || `${request.method} ${request.url}\n`);
  });
  folder = mkdtempSync(join(tmpdir(), 'mesh101-unit-'));
  const socket = join(folder, 'admin.sock');
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const path = `${join(projectRoot, 'bin/istio-proxy')}:${process.env['PATH']}`;
  env = { PATH: path, ENVOY_ADMIN_SOCKET: socket };
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

async function sh(command: string): Promise<string> {
  return (await run('sh', ['-c', command], { env })).stdout;
}

describe('the tools of container istio-proxy', () => {
  it("pilot-agent asks the pod's Envoy", async () => {
    expect(await sh('pilot-agent request GET stats | cat')).toBe('GET /stats\n');
    expect(await sh('pilot-agent request POST /reset_counters')).toBe('POST /reset_counters\n');
  });

  it("pilot-agent shows Istio's metrics under Istio's names", async () => {
    expect(await sh('pilot-agent request GET "stats?format=prometheus"')).toBe(
      'istio_requests_total{source_app="unknown"} 1\n',
    );
  });

  it('pilot-agent ends quietly when nobody reads on', async () => {
    const { stdout, stderr } = await run('sh', ['-c', 'pilot-agent request GET big | head -1'], { env });
    expect([stdout, stderr]).toEqual(['line\n', '']);
  });

  it('pilot-agent fails with a reason', async () => {
    await expect(sh('pilot-agent request GET missing')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('unsuccessful status code 404'),
    });
    await expect(sh('pilot-agent proxy')).rejects.toMatchObject({
      stderr: expect.stringContaining('request METHOD PATH'),
    });
  });

  it("curl finds Envoy's admin interface at its port in a cluster", async () => {
    expect(await sh('curl -s localhost:15000/stats?filter=x')).toBe('GET /stats?filter=x\n');
    expect(await sh('curl -s -X POST "http://127.0.0.1:15000/logging?level=info"')).toBe(
      'POST /logging?level=info\n',
    );
    expect(await sh('curl -s http://localhost:15090/stats/prometheus')).toBe('GET /stats/prometheus\n');
  });
});
