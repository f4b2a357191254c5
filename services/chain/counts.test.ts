import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { startService } from '#platform/testing.ts';
import { chain } from '#services/chain/service.ts';

const TRACE = '80f198ee56343ba864fe8b2a57d3eff7';

async function answering(status: number): Promise<string> {
  const server = createServer((_req, res) => res.writeHead(status).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('faults by kind, the next hops by outcome, Fibonacci numbers by which one; kept traces are exemplars', async () => {
  const [ok, redirect, lost, broken] = await Promise.all([200, 302, 404, 503].map(answering));
  const UPSTREAM_URIS = [ok, redirect, lost, broken, '127.0.0.1:1'].map((hop) => `http://${hop}/?a=1`).join();
  const work = { TRACING: 'full', FIBONACCI_MAX: '0', WAIT_MAX: '1ms' };
  const service = await startService(chain, { UPSTREAM_URIS, ...work });
  const sampled = { 'x-b3-traceid': TRACE, 'x-b3-spanid': TRACE.slice(16), 'x-b3-sampled': '1' };
  await fetch(service.url, { headers: { ...sampled, delay: '1ms' } });
  await fetch(service.url, { headers: { ...sampled, 'x-b3-sampled': '0', fail: '1' } });
  const read = (accept: string) =>
    fetch(`${service.url}metrics`, { headers: { accept } }).then((r) => r.text());

  const text = await read('text/plain');
  for (const [hop, outcome] of [
    ...[[ok, 'ok'] as const, [redirect, 'redirect'] as const, [lost, 'client_error'] as const],
    ...[[broken, 'server_error'] as const, ['127.0.0.1:1', 'no_answer'] as const],
  ])
    expect(text).toContain(`chain_upstream_outcomes_total{hop="${hop}",outcome="${outcome}"} 1\n`);
  expect(text).toContain('chain_faults_injected_total{kind="delay"} 1\n');
  expect(text).toContain('chain_faults_injected_total{kind="fail"} 1\n');
  expect(text).toContain('chain_fibonacci_computations_total{n="0"} 1\n');
  expect(text).not.toContain('trace_id');

  const open = await read('application/openmetrics-text');
  const exemplar = `# \\{trace_id="${TRACE}"\\} 1 `;
  expect(open).toMatch(new RegExp(`chain_faults_injected_total\\{kind="delay"\\} 1 ${exemplar}`));
  expect(open).toMatch(/chain_faults_injected_total\{kind="fail"\} 1\n/);
  expect(open).toMatch(
    new RegExp(`http_request_duration_seconds_bucket\\{.*code="502"\\} 1 # \\{trace_id="${TRACE}"`),
  );
});
