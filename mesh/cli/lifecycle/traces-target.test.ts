import { describe, expect, it } from 'vitest';
import { formatOverview } from '#mesh/cli/lifecycle/status.ts';
import { fakeClient } from '#mesh/cli/testing/fake-client.ts';
import { runProgramOf, runUp } from '#mesh/cli/testing/interactions.ts';
import type { Overview } from '#mesh/run/api.ts';

const traces = (name: string, url: string, embedded: boolean): Overview => ({
  ...{ pods: [], urls: [], standIns: [] },
  traces: { page: { name, url }, zipkin: `${url}/api/v2/spans`, embedded },
});
const embedded = traces('mesh101', 'http://localhost:16686', true);

describe('where traces go', () => {
  it('is told to the runner', async () => {
    const client = fakeClient({ overview: embedded, events: [{ type: 'ready', milliseconds: 1 }] });
    const { started } = await runUp(['-f', '-', '--traces-to', 'http://127.0.0.1:9411'], { client });
    expect(started).toMatchObject([{ tracesTo: 'http://127.0.0.1:9411' }]);
    expect((await runUp(['-f', '-'], { client })).started[0]).not.toHaveProperty('tracesTo');
  });

  it('is in the table: the page, and whose it is', () => {
    expect(formatOverview(embedded)).toContain('traces   http://localhost:16686\n');
    const jaeger = traces('Jaeger', 'http://127.0.0.1:16686', false);
    expect(formatOverview(jaeger)).toContain('traces (Jaeger)   http://127.0.0.1:16686\n');
  });

  it('is in the shell of the mesh', async () => {
    const client = fakeClient({ overview: embedded });
    const { program } = await runProgramOf(['shell', '-c', 'true'], client);
    expect(program?.env).toMatchObject({ TRACES_URL: 'http://localhost:16686' });
  });
});
