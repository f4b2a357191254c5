import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { DraftObject } from '#mesh/apiserver/object.ts';
import { kindsApi } from '#mesh/apiserver/testing/kinds-api.ts';

const root = join(import.meta.dirname, '../../..');
const files = globSync('{k8s,istio}/**/*.yaml', { cwd: root }).sort();

function objectsIn(file: string): DraftObject[] {
  const documents = parseAllDocuments(readFileSync(join(root, file), 'utf8'));
  return documents
    .map((document) => document.toJS() as DraftObject)
    .filter((value) => value?.kind && value.apiVersion);
}

it('has manifests to check', () => {
  expect(files.length).toBeGreaterThan(50);
});

it.each(files)('%s is right by every rule', async (file) => {
  const server = kindsApi();
  const causes: string[] = [];
  for (const object of objectsIn(file)) {
    if (!server.kinds.types.ofKind(object.apiVersion, object.kind)) continue;
    causes.push(...(await server.causes(object)));
  }
  expect(causes).toEqual([]);
});
