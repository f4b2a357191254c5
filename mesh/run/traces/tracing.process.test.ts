import { afterEach, describe, expect, it } from 'vitest';
import { createPorts } from '#mesh/kubelet/ports/ports.ts';
import { eventually } from '#mesh/run/testing/eventually.ts';
import type { TracesTarget } from '#mesh/run/traces/traces-target.ts';
import { startTracing } from '#mesh/run/traces/tracing.ts';
import { startCollector, startServer } from '#mesh/telemetry/traces/testing/spans.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function start(target: TracesTarget) {
  const ports = createPorts({ directory: temporaryDirectory() });
  const env = { TRACES_PORT: '0' };
  const tracing = await startTracing({ target, ports, directory: temporaryDirectory(), env });
  ends.push(async () => {
    await tracing?.embedded?.stop(1_000);
    ports.releaseAll();
  });
  return tracing;
}

function at(origin: string) {
  return { host: '127.0.0.1', port: Number(new URL(origin).port), path: '/api/v2/spans' };
}

describe('tracing', () => {
  it('may be switched off', async () => {
    expect(await start('none')).toBeUndefined();
  });

  it('has a collector of its own, a process that takes spans', async () => {
    const tracing = await start('embedded');
    const { port, path } = tracing?.collector ?? {};
    const url = `http://127.0.0.1:${port}${path}`;
    const send = () =>
      fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '[]' }).then(
        ({ status }) => status,
        () => 0,
      );
    expect(await eventually(send, (status) => status !== 0)).toBe(202);
    expect(tracing).toMatchObject({
      page: { url: `http://localhost:${port}` },
      api: `http://localhost:${port}`,
    });
    const pid = tracing?.embedded?.pid;
    await tracing?.embedded?.stop(1_000);
    expect(pid).toBeGreaterThan(0);
    expect(await send()).toBe(0);
  });

  it('goes to a Zipkin that is named', async () => {
    const zipkin = await startServer(202, { 'content-type': 'application/json' }, '[]');
    ends.push(zipkin.close);
    const collector = at(zipkin.origin);
    expect(await start(collector)).toEqual({
      collector,
      page: { name: 'Zipkin', url: `${zipkin.origin}/zipkin/` },
      api: zipkin.origin,
    });
  });

  it('does not begin when what is named takes no spans', async () => {
    const deaf = await startServer(404);
    ends.push(deaf.close);
    await expect(start(at(deaf.origin))).rejects.toThrow(
      `nothing takes spans at ${deaf.origin}/api/v2/spans (it answers 404): start a collector there, or`,
    );
    const gone = await startServer(202);
    await gone.close();
    await expect(start(at(gone.origin))).rejects.toThrow('ECONNREFUSED');
  });

  it('tells the collector of another mesh from a Zipkin', async () => {
    const { probeCollector } = await import('#mesh/run/traces/traces-target.ts');
    const other = await startCollector();
    ends.push(other.close);
    expect(await probeCollector(at(other.origin))).toBe('another mesh');
  });
});
