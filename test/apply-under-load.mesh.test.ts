import { afterAll, beforeAll, expect, it } from 'vitest';
import { applyUnderLoad } from '#test/bench/apply-under-load.ts';
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
