import { globSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { needs } from '#test/components/component.ts';
import { askIstioctl, istioctl } from '#test/components/istioctl.ts';

const ROOT = join(import.meta.dirname, '..');

/** The real istioctl's opinion of our manifests, where there is one (`ISTIOCTL` names it). */
describe('the real istioctl', needs(istioctl), () => {
  const files = globSync('{k8s,istio}/**/*.yaml', { cwd: ROOT }).sort();

  it.each(files)('finds %s valid', async (file) => {
    const { stdout, stderr } = await askIstioctl('validate', '-f', file);
    expect(stdout + stderr).toContain('is valid');
  });

  it.each(['routing-1', 'routing-2', 'routing-3', 'split-80-20', 'fault', 'mtls-strict'])(
    'has nothing to say about the chain with %s',
    async (state) => {
      const chain = ['ingress', 'egress', 'destinationrules', state].map(
        (name) => `istio/chain/${name}.yaml`,
      );
      const { stdout, stderr } = await askIstioctl('analyze', '--use-kube=false', 'k8s/chain.yaml', ...chain);
      expect(stdout + stderr).toContain('No validation issues found');
    },
  );
});
