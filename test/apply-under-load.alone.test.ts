import { afterAll, beforeAll, expect, it } from 'vitest';
import { applyUnderLoad } from '#test/bench/apply-under-load.ts';
import { Disturbances } from '#test/bench/disturbances.ts';
import { UP_ARGUMENTS } from '#test/bench/route-change.ts';
import { type OwnMesh, startOwnMesh } from '#test/own-mesh.ts';

const REQUESTS = 20_000;
const APPLIES = 50;

let mesh: OwnMesh;
beforeAll(async () => {
  mesh = await startOwnMesh(...UP_ARGUMENTS);
});
afterAll(() => mesh?.close());

it(`of ${REQUESTS} requests during ${APPLIES} changes of a route none fails and each follows the rule`, async () => {
  const result = await applyUnderLoad({ mesh, requests: REQUESTS, applies: APPLIES, connections: 16 });
  expect(result.violations).toEqual([]);
  expect(result.requests).toBeGreaterThanOrEqual(REQUESTS);
  // Else the rule would hardly have been tested: while an apply is under way, both versions are right.
  expect(result.decided).toBeGreaterThan(REQUESTS / 4);
  expect(result.served.prod).toBeGreaterThan(REQUESTS / 10);
  expect(result.served.canary).toBeGreaterThan(REQUESTS / 10);
});

const CHANGES = 60;
const SCALINGS = 20;
const RESTARTS = 20;
const MISTAKES = 50;
// A machine that is busy with other things needs minutes for so many pods.
const PATIENCE_MS = 900_000;

it(
  `of ${REQUESTS} requests during ${CHANGES + SCALINGS + RESTARTS} changes, scalings and restarts and ${MISTAKES} mistakes none fails`,
  async () => {
    const disturbances = new Disturbances(mesh);
    const applied = async (count: number) => {
      if (count % 3 === 1) await disturbances.scale();
      if (count % 3 === 2) await disturbances.restart();
      if (count <= MISTAKES) await disturbances.mistake();
    };
    const load = { requests: REQUESTS, applies: CHANGES, connections: 16, applied };
    const result = await applyUnderLoad({ mesh, ...load });
    expect(result.violations).toEqual([]);
    expect(result.requests).toBeGreaterThanOrEqual(REQUESTS);
    expect(result.decided).toBeGreaterThan(REQUESTS / 4);
    const { scalings, restarts, refused } = disturbances;
    expect([scalings, restarts, refused]).toEqual([SCALINGS, RESTARTS, MISTAKES]);
  },
  PATIENCE_MS,
);
