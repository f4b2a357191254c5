import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const istioctl = process.env['ISTIOCTL'];
const run = promisify(execFile);

/** The real istioctl's opinion of our manifests, where there is one (`ISTIOCTL` names it). */
describe.skipIf(!istioctl)('the real istioctl', () => {
  const files = globSync('{k8s,istio}/**/*.yaml', { cwd: ROOT }).sort();

  it.each(files)('finds %s valid', async (file) => {
    const { stdout, stderr } = await run(istioctl ?? '', ['validate', '-f', file], { cwd: ROOT });
    expect(stdout + stderr).toContain('is valid');
  });

  it.each(['routing-1', 'routing-2', 'routing-3', 'split-80-20', 'fault', 'mtls-strict'])(
    'has nothing to say about the chain with %s',
    async (state) => {
      const chain = ['ingress', 'egress', 'destinationrules', state].map(
        (name) => `istio/chain/${name}.yaml`,
      );
      const { stdout, stderr } = await run(
        istioctl ?? '',
        ['analyze', '--use-kube=false', 'k8s/chain.yaml', ...chain],
        {
          cwd: ROOT,
        },
      );
      expect(stdout + stderr).toContain('No validation issues found');
    },
  );
});
