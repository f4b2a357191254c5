import { join } from 'node:path';
import { expect, it } from 'vitest';
import { caseGroups, loadCases } from '#test/conformance/case.ts';
import { conformanceMarkdown } from '#test/conformance/table.ts';
import { expectGoldenText } from '#test/golden.ts';
import { ROOT } from '#test/own-mesh.ts';

const cases = caseGroups().flatMap(loadCases);

it('docs/conformance.md is what the cases say', () => {
  expectGoldenText(join(ROOT, 'docs/conformance.md'), conformanceMarkdown());
});

it('every case has a name of its own, and a record', () => {
  const names = cases.map(({ group, name }) => `${group}: ${name}`);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  const unrecorded = cases.filter(
    ({ refused, requests, clusters }) =>
      refused === undefined &&
      (requests.some(({ answer }) => answer === undefined) ||
        clusters.some(({ record }) => record === undefined)),
  );
  expect(unrecorded.map(({ name }) => name)).toEqual([]);
});
