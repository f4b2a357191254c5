import { afterAll, beforeAll, expect, test } from 'vitest';
import { kubectlOf } from '#mesh/run/testing/mesh-kubectl.ts';
import { type StartedMesh, startMesh } from '#mesh/run/testing/started-mesh.ts';

let mesh: StartedMesh;
let kubectl: ReturnType<typeof kubectlOf>;
beforeAll(async () => {
  mesh = await startMesh();
  kubectl = kubectlOf(mesh);
});
afterAll(() => mesh?.end());

const object = (kind: string, group: string, spec: string) =>
  `apiVersion: ${group}.istio.io/v1\nkind: ${kind}\nmetadata: {name: one}\nspec: ${spec}\n`;

test.each([
  [
    'an unreadable address block',
    object('AuthorizationPolicy', 'security', '{rules: [{from: [{source: {ipBlocks: [here]}}]}]}'),
    /^The AuthorizationPolicy "one" is invalid: spec\.rules\[0\]\.from\[0\]\.source\.ipBlocks\[0\]: Invalid value: bad IP address \(here\)/,
  ],
  [
    'weights that sum to nothing',
    object(
      'VirtualService',
      'networking',
      '{hosts: [a], http: [{route: [{destination: {host: a}, weight: 0}, {destination: {host: b}, weight: 0}]}]}',
    ),
    /^The VirtualService "one" is invalid: spec\.http\[0\]\.route: Invalid value: total destination weight = 0 \(give each/,
  ],
])('what istiod would refuse is refused: %s', async (_, manifest, message) => {
  const { code, err } = await kubectl.apply(manifest);
  expect(err).toMatch(message);
  expect(code).toBe(1);
});

test('what does nothing is taken, and what istiod warns of is warned of', async () => {
  const abort =
    '{hosts: [a], gateways: [gw.ns.svc], http: [{fault: {abort: {}}, route: [{destination: {host: a}}]}]}';
  const { code, err } = await kubectl.apply(object('VirtualService', 'networking', abort));
  expect(err).toContain('Warning: IST0133: `spec.gateways[0]`: using legacy gatewayName format');
  expect(code).toBe(0);
});

test('what only lacks something is taken, with at most ten warnings and no word twice', async () => {
  const routes = Array.from(
    { length: 30 },
    (_, index) => `{destination: {host: missing-${index}}, weight: 1}`,
  );
  const { code, err } = await kubectl.apply(
    object('VirtualService', 'networking', `{hosts: [a], http: [{route: [${routes.join(', ')}]}]}`),
  );
  const lines = err.trimEnd().split('\n');
  expect(code).toBe(0);
  expect(lines).toHaveLength(11);
  expect(new Set(lines).size).toBe(11);
  expect(lines.at(-1)).toMatch(/^Warning: and \d+ more; `mesh analyze` lists them all$/);
});
