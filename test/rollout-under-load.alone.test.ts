import { afterAll, beforeAll, expect, it } from 'vitest';
import { type OwnMesh, startOwnMesh } from '#test/own-mesh.ts';
import { type DeploymentObject, list } from '#test/rollout/kubectl.ts';
import { sumOf } from '#test/rollout/report.ts';
import { restartAll } from '#test/rollout/restart-all.ts';

let mesh: OwnMesh;
// A machine that is busy with other things needs minutes for so many requests.
const PATIENCE = 600_000;

beforeAll(async () => {
  mesh = await startOwnMesh('--traces-to', 'none');
});
afterAll(() => mesh?.close());

it(
  'no request fails while every Deployment is restarted',
  async () => {
    const kubectl = (...args: string[]) => mesh.kubectl(...args);
    const selector = 'app.kubernetes.io/part-of=chain';
    const deployments = await list<DeploymentObject>(kubectl, 'deployments', '-l', selector);
    const phases = await restartAll({
      ...{ kubectl, deployments, rounds: 1 },
      ...{ url: mesh.gatewayUrl, connections: 8 },
    });
    expect(phases.map(({ name }) => name)).toEqual([
      'before',
      ...['backend-prod', 'frontend-prod', 'middleware-canary', 'middleware-prod'],
      'after',
    ]);
    expect([sumOf(phases).failed, sumOf(phases).said]).toEqual([{}, {}]);
    expect(sumOf(phases).requests).toBeGreaterThan(2_000);
  },
  PATIENCE,
);
