import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { needs } from '#test/components/component.ts';
import { askIstioctl, istioctl } from '#test/components/istioctl.ts';

const ROOT = join(import.meta.dirname, '..');

const APPLICATION = ['k8s/bookinfo.yaml', 'istio/bookinfo/bookinfo-gateway.yaml'];
const SUBSETS = 'istio/bookinfo/destination-rule-all.yaml';

/** What an exercise needs besides the application and its subsets. */
const ALONG: Readonly<Record<string, readonly string[]>> = {
  'virtual-service-details-v2': ['k8s/bookinfo-details-v2.yaml', 'istio/bookinfo/egress-google.yaml'],
  'virtual-service-ratings-mysql': ['k8s/bookinfo-ratings-v2-mysql.yaml', 'k8s/mysql.yaml'],
  'virtual-service-ratings-v-delayed': ['k8s/bookinfo-ratings-v-delayed.yaml'],
  'virtual-service-ratings-v-faulty': ['k8s/bookinfo-ratings-v-faulty.yaml'],
  'virtual-service-ratings-v-unavailable': ['k8s/bookinfo-ratings-v-unavailable.yaml'],
  'virtual-service-ratings-v-unhealthy': ['k8s/bookinfo-ratings-v-unhealthy.yaml'],
};

describe('the real istioctl has nothing to say about bookinfo', needs(istioctl), () => {
  const states = globSync('istio/bookinfo/*.yaml', { cwd: ROOT }).map((file) => basename(file, '.yaml'));

  it.each(states.filter((state) => state !== 'bookinfo-gateway').sort())('with %s', async (state) => {
    const files = [...APPLICATION, SUBSETS, ...(ALONG[state] ?? []), `istio/bookinfo/${state}.yaml`];
    const { stdout, stderr } = await askIstioctl('analyze', '--use-kube=false', ...files);
    expect(stdout + stderr).toContain('No validation issues found');
  });
});
