import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OwnMesh, startOwnMesh } from '#test/own-mesh.ts';
import { runCollection } from '#test/postman/newman.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';

/** One run: The chain 2, fail: 0.3 and fail: 0.5 2 each, The canary 1, A slow frontend 2, As JSON 3. */
const REQUESTS = 6;
const ASSERTIONS = 12;

describe('the Postman collection on the laptop', () => {
  let mesh: OwnMesh;
  const apply = (rule: string) => mesh.kubectl('apply', '-f', `istio/chain/${rule}.yaml`);
  const remove = (rule: string) => mesh.kubectl('delete', '-f', `istio/chain/${rule}.yaml`);
  const run = (...more: readonly string[]) =>
    runCollection({ gatewayUrl: mesh.gatewayUrl, directory: temporaryDirectory(), more });

  beforeAll(async () => {
    mesh = await startOwnMesh('--bare');
    for (const rule of ['ingress', 'egress', 'destinationrules', 'routing-3']) await apply(rule);
  });
  afterAll(() => mesh?.close());

  it('passes with the rules that its requests name', async () => {
    const { statuses, ...result } = await run('--iteration-count', '3');
    expect(result).toEqual({
      exitCode: 0,
      requests: 3 * REQUESTS,
      assertions: 3 * ASSERTIONS,
      failures: [],
    });
    expect(statuses).toHaveLength(3 * REQUESTS);
  });

  it('names the hop of every failure when nothing is retried', async () => {
    await apply('routing-1');
    const { statuses, ...result } = await run('--iteration-count', '10', '--folder', 'Services that fail');
    expect(result).toEqual({ exitCode: 0, requests: 20, assertions: 40, failures: [] });
    expect(new Set(statuses)).toEqual(new Set([200, 500]));
  });

  it('fails at the canary when no rule leads there', async () => {
    await apply('routing-2');
    expect(await run()).toMatchObject({
      exitCode: 1,
      failures: ['The canary: the canary of middleware has answered'],
    });
  });

  it('fails at every request that needs the way out when there is none', async () => {
    await apply('routing-1');
    await remove('egress');
    const { exitCode, failures, statuses } = await run();
    expect(exitCode).toBe(1);
    expect(failures).toEqual(
      expect.arrayContaining([
        'The chain: every hop has answered',
        'The canary: the canary of middleware has answered',
        'As JSON: each hop holds the next one',
      ]),
    );
    expect(statuses).toContain(502);
    await apply('egress');
  });

  it('fails at every request when the gateway is closed', async () => {
    await remove('ingress');
    const { exitCode, failures, statuses } = await run();
    expect(exitCode).toBe(1);
    expect(failures.filter((failure) => failure.includes('ECONNREFUSED'))).toHaveLength(REQUESTS);
    expect(statuses).toEqual([]);
  });
});
