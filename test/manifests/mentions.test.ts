import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const manifests = globSync('{k8s,istio}/**/*.yaml', { cwd: ROOT });

it.each(manifests)('%s mentions only manifests that exist', (manifest) => {
  const lines = readFileSync(join(ROOT, manifest), 'utf8').split('\n');
  const comments = lines.filter((line) => line.trim().startsWith('#')).join('\n');
  const mentioned = comments.match(/[\w./-]+\.yaml\b/g) ?? [];
  const places = (name: string) => [name, join(dirname(manifest), name)];
  expect(mentioned.filter((name) => !places(name).some((place) => existsSync(join(ROOT, place))))).toEqual(
    [],
  );
});
