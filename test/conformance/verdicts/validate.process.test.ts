import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { needs } from '#test/components/component.ts';
import { askIstioctl, istioctl } from '#test/components/istioctl.ts';
import { type Case, caseGroups, loadCases } from '#test/conformance/case.ts';
import { caseObjects, manifest } from '#test/conformance/verdicts/manifests.ts';

const folder = mkdtempSync(join(tmpdir(), 'mesh101-verdicts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A field that an istioctl before 1.32 does not know. */
const NEWER = /unknown field \\?"alpnProtocols\\?"/;

/** The real istioctl judges every case. */
describe('istioctl', needs(istioctl), () => {
  it.each(caseGroups())('validate: refuses in %s what is recorded as refused', async (group) => {
    const wrong = await inParallel(loadCases(group), async (one) => {
      const { output, failed } = await ask(['validate', '-f', fileOf(one)]);
      const isRight = failed === (one.refused !== undefined) || NEWER.test(output);
      return isRight ? [] : [`${one.name}: ${output}`];
    });
    expect(wrong.flat()).toEqual([]);
  });
});

const AT_ONCE = 4;

async function inParallel<Result>(
  cases: readonly Case[],
  each: (one: Case) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let first = 0; first < cases.length; first += AT_ONCE) {
    results.push(...(await Promise.all(cases.slice(first, first + AT_ONCE).map(each))));
  }
  return results;
}

function fileOf(one: Case): string {
  const file = join(folder, `${one.name}.yaml`);
  writeFileSync(file, manifest(caseObjects(one)));
  return file;
}

/** Problems that it finds are no failure of ours. */
async function ask(words: readonly string[]): Promise<{ readonly output: string; readonly failed: boolean }> {
  try {
    const { stdout, stderr } = await askIstioctl(...words);
    return { output: stdout + stderr, failed: false };
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    if (stdout === '' && stderr === '') throw error;
    return { output: stdout + stderr, failed: true };
  }
}
