import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { inContext } from '#test/packaging/context.ts';
import { CONTEXT } from '#test/packaging/dockerfile.ts';

const allowed = inContext();

test.each([
  'package.json',
  'package-lock.json',
  '.npmrc',
  'platform/service.ts',
  'services/chain/main.ts',
  'services/chain/page/page.css',
  'services/another/templates/index.html',
])('%s goes into the build', (path) => expect(allowed(path)).toBe(true));

test.each([
  'node_modules/express/index.js',
  'services/chain/node_modules/x/index.js',
  '.git/config',
  '.mesh/ca/key.pem',
  '.cache/compiled/x',
  '.env',
  'services/chain/.env.local',
  'services/chain/tls.key',
  'platform/tls.pem',
  'kubeconfig',
  'platform/serving.test.ts',
  'platform/testing.ts',
  'services/chain/testing/stub.ts',
  'mesh/cli/entry.ts',
  'test/golden.ts',
  'k8s/chain.yaml',
  'docs/architecture.md',
  'Dockerfile',
])('%s stays out', (path) => expect(allowed(path)).toBe(false));

test('of the repository, only what runs goes into the build', () => {
  const files = execFileSync('git', ['ls-files'], { cwd: CONTEXT, encoding: 'utf8' }).trim().split('\n');
  const sent = files.filter((path) => allowed(path));
  expect(sent.length).toBeGreaterThan(40);
  expect(
    sent.filter((path) => !/^(platform|services)\/|^package(-lock)?\.json$|^\.npmrc$/.test(path)),
  ).toEqual([]);
  expect(sent.filter((path) => /test/.test(path))).toEqual([]);
});
