import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { needs } from '#test/components/component.ts';
import { askIstioctl, istioctl } from '#test/components/istioctl.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const OPERATOR = 'cluster/istio-operator.yaml';

/** What the real istioctl would install. */
async function generate(...files: string[]) {
  const names = files.flatMap((file) => ['--filename', file]);
  const { stdout } = await askIstioctl('manifest', 'generate', ...names);
  return parseAllDocuments(stdout).map((document) => document.toJS());
}

/** The official schema leaves an IstioOperator's `spec` open, so that only its own tool can read it (`ISTIOCTL` names it). */
describe('istioctl install', needs(istioctl), () => {
  it('would give the mesh what the walkthroughs expect', async () => {
    const objects = await generate(OPERATOR);
    const config = objects.find((object) => object?.kind === 'ConfigMap' && object.metadata.name === 'istio');
    expect(config?.data.mesh).toMatch(/outboundTrafficPolicy:\s+mode: REGISTRY_ONLY/);
    expect(config?.data.mesh).toContain('accessLogFile: /dev/stdout');
    expect(config?.data.mesh).toContain('zipkin.istio-system');
  });

  it('would open a port of the node where there is no load balancer', async () => {
    const objects = await generate(OPERATOR, 'cluster/local-gateway.yaml');
    const gateway = objects.find(
      (object) => object?.kind === 'Service' && object.metadata.name === 'istio-ingressgateway',
    );
    expect(gateway?.spec.type).toBe('NodePort');
  });

  it('would open port 3001 with the overlay alone', async () => {
    const objects = await generate('istio/userapi/operator-overlay.yaml');
    const gateway = objects.find(
      (object) => object?.kind === 'Service' && object.metadata.name === 'istio-ingressgateway',
    );
    const ports: { port: number }[] = gateway?.spec.ports;
    expect(ports.map(({ port }) => port)).toEqual([15_021, 80, 443, 31_400, 3_001]);
  });

  it('refuses a misspelt component', async () => {
    const file = join(temporaryDirectory(), 'operator.yaml');
    writeFileSync(file, readFileSync(join(ROOT, OPERATOR), 'utf8').replace('pilot:', 'pilto:'));
    await expect(generate(file)).rejects.toThrow('unknown field "pilto"');
  });
});
