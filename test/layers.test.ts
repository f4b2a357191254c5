import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/** Which parts a part may import beside itself and packages. Tests may import what they like. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  platform: [],
  services: ['platform'],
  'mesh/load': [],
  'mesh/schema': ['mesh/load'],
  'mesh/analyze': ['mesh/load', 'mesh/schema', 'mesh/model/build'],
  'mesh/model/build': ['mesh/model', 'mesh/schema'],
  'mesh/model': [],
  // What comes after the model knows neither Istio's nor Kubernetes' types.
  'mesh/envoy': ['mesh/model'],
  // A program of its own, which knows spans and nothing of the mesh.
  'mesh/traces': [],
  // What the metrics of a mesh say, whoever reads them.
  'mesh/metrics': [],
  'mesh/run': [
    'mesh/metrics',
    'mesh/load',
    'mesh/schema',
    'mesh/analyze',
    'mesh/model',
    'mesh/model/build',
    'mesh/envoy',
    'mesh/traces',
  ],
  'mesh/cli': [
    'mesh/metrics',
    'mesh/load',
    'mesh/schema',
    'mesh/analyze',
    'mesh/model',
    'mesh/envoy',
    'mesh/traces',
    'mesh/run',
  ],
};

/** Parts that all stages of the mesh share. */
const SHARED = ['mesh/diagnostic.ts', 'mesh/translate.ts', 'mesh/model/build.ts'];

const parts = Object.keys(MAY_IMPORT).sort((a, b) => b.length - a.length);
const partOf = (file: string) => parts.find((part) => file.startsWith(`${part}/`));

const files = globSync('{platform,services,mesh}/**/*.ts', { cwd: ROOT }).filter(
  (file) => !file.endsWith('.test.ts') && !file.includes('/testing/') && !SHARED.includes(file),
);

describe('imports', () => {
  it('finds the sources', () => {
    expect(files.length).toBeGreaterThan(50);
  });

  it.each(parts)('of %s stay within what it may know', (part) => {
    const violations = files
      .filter((file) => partOf(file) === part)
      .flatMap((file) => importsOf(file).map((target) => ({ file, target })))
      .filter(({ target }) => !allowed(part, target))
      .map(({ file, target }) => `${file} imports ${target}`);
    expect(violations).toEqual([]);
  });
});

function allowed(part: string, target: string): boolean {
  if (SHARED.includes(target)) return target !== 'mesh/model/build.ts' || part.startsWith('mesh/run');
  const owner = partOf(target);
  return owner === part || (owner !== undefined && (MAY_IMPORT[part] ?? []).includes(owner));
}

/** The project's own files that a file imports, from its root. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const specifiers = [...text.matchAll(/(?:from|import\()\s*'([^']+)'/g)].map((match) => match[1] ?? '');
  return specifiers
    .filter((specifier) => specifier.startsWith('#') || specifier.startsWith('.'))
    .map((specifier) =>
      specifier.startsWith('#') ? specifier.slice(1) : normalize(join(dirname(file), specifier)),
    );
}
