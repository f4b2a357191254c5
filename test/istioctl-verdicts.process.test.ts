import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { needs } from '#test/components/component.ts';
import { askIstioctl, istioctl } from '#test/components/istioctl.ts';
import { expectGolden, goldenCases } from '#test/golden.ts';
import { verdictsOf } from '#test/manifests/istio-verdicts.ts';

const folder = 'mesh/istiod/config/validation/testdata';

/** The real istioctl's verdict on every manifest of the table; UPDATE_GOLDEN records it anew. */
describe('istioctl validate', needs(istioctl), () => {
  it.each(goldenCases(folder, '.istio.yaml'))('$name', async ({ file, text, out }) => {
    const verdicts = verdictsOf(await outputOf(file));
    const names = new Set([...text.matchAll(/^metadata: \{ ?name: ([^,} ]+)/gm)].map(([, name]) => name));
    expect(Object.keys(verdicts).filter((name) => !names.has(name))).toEqual([]);
    expectGolden(out, verdicts);
    expect(readFileSync(out, 'utf8')).not.toContain('cannot parse proto message');
  });
});

async function outputOf(file: string): Promise<string> {
  try {
    const { stdout, stderr } = await askIstioctl('validate', '-f', file);
    return stdout + stderr;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    return stdout + stderr;
  }
}
