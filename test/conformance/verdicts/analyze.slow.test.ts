import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '#test/components/component.ts';
import { askIstioctl, istioctl } from '#test/components/istioctl.ts';
import { type Case, caseGroups, loadCases } from '#test/conformance/case.ts';
import { type LaptopWorld, startWorld } from '#test/conformance/laptop/start-world.ts';
import { caseObjects, manifest } from '#test/conformance/verdicts/manifests.ts';
import { expectGolden } from '#test/golden.ts';

const folder = mkdtempSync(join(tmpdir(), 'mesh101-verdicts-'));

/** What the real istioctl says of every case beside the world, which it reads from the API; UPDATE_GOLDEN=1 records it anew. */
describe('istioctl analyze', needs(istioctl), () => {
  let world: LaptopWorld;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(async () => {
    await world?.end();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(caseGroups())('%s: the codes are recorded', async (group) => {
    const codes: [string, readonly string[]][] = [];
    for (const one of loadCases(group)) codes.push([one.name, await codesOf(one, world.kubeconfig)]);
    expectGolden(join(import.meta.dirname, 'codes', `${group}.yaml`), Object.fromEntries(codes));
    expect(codes).not.toEqual([]);
  });
});

/** Those of the world alone are the same in every case. */
async function codesOf(one: Case, kubeconfig: string): Promise<readonly string[]> {
  const file = join(folder, 'case.yaml');
  writeFileSync(file, manifest(caseObjects(one)));
  const output = await ask(['analyze', '-A', '--kubeconfig', kubeconfig, file]);
  const codes = [...output.matchAll(/^(?:Error|Warning|Info) \[(IST\d+)\]/gm)].map(([, code = '']) => code);
  return [...new Set(codes)].sort();
}

/** It fails where it finds problems, which is no failure of ours. */
async function ask(words: readonly string[]): Promise<string> {
  try {
    const { stdout, stderr } = await askIstioctl(...words);
    return stdout + stderr;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    if (!/IST\d+/.test(stdout + stderr)) throw error;
    return stdout + stderr;
  }
}
