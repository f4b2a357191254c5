import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/** What reads manifests, whoever asks: files, the API's objects, the places of their fields. */
const READING = ['mesh/istiod/config', 'mesh/apiserver'];

/**
 * Which parts a part may import beside itself, packages and what all share. The rooms of mesh/ stand in an order: each sees
 * those above it, and none below. Tests may import what they like.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  // How every page looks; it knows nothing of what a page shows.
  'platform/page': [],
  // How gRPC's messages go over a stream; it knows nothing of what they say.
  'platform/grpc': [],
  // How a process gives memory back.
  'platform/memory': [],
  platform: ['platform/memory'],
  services: ['platform', 'platform/memory'],
  // How a process of ours answers HTTP and outlives an error; it knows nothing of what it serves.
  'mesh/serve': [],
  // The Kubernetes API: knows no Istio and no Envoy.
  'mesh/apiserver': [],
  'mesh/controllers': ['mesh/apiserver'],
  // The mesh's nouns: no Istio and no Envoy types.
  'mesh/istiod/model': [],
  // Which messages Envoy has, as data: for what users write of its configuration.
  'mesh/istiod/messages': [],
  'mesh/istiod/config': ['mesh/apiserver', 'mesh/istiod/model', 'mesh/istiod/messages'],
  'mesh/istiod/analysis': [...READING, 'mesh/controllers'],
  // What comes after the model knows neither Istio's nor Kubernetes' types.
  'mesh/istiod/envoy': ['mesh/istiod/model', 'mesh/istiod/messages'],
  'mesh/istiod/explain': ['mesh/istiod/model', 'mesh/istiod/envoy'],
  'mesh/istiod/ca': ['mesh/istiod/model'],
  'mesh/istiod/xds': [
    'mesh/serve',
    'mesh/istiod/model',
    'mesh/istiod/messages',
    'mesh/istiod/config',
    'mesh/istiod/envoy',
    'mesh/istiod/ca',
  ],
  'mesh/kubelet': [
    ...['mesh/serve', 'mesh/controllers', ...READING],
    ...['model', 'envoy', 'ca', 'xds'].map((room) => `mesh/istiod/${room}`),
  ],
  // A program of its own, which knows spans and nothing of the mesh.
  'mesh/telemetry/traces': ['mesh/serve', 'platform/page', 'platform/memory'],
  // What the metrics of a mesh say, whoever reads them.
  'mesh/telemetry/metrics': ['mesh/serve'],
  // The mesh as a page: it is handed what it shows and changes.
  'mesh/console': [
    ...['mesh/serve', 'mesh/apiserver', 'mesh/kubelet', 'mesh/telemetry/metrics'],
    ...['mesh/istiod', 'platform/page'],
  ],
  // The wiring: it starts the rooms, and ends them.
  'mesh/run': [
    ...['mesh/serve', 'mesh/apiserver', 'mesh/controllers', 'mesh/kubelet', 'mesh/telemetry'],
    ...['mesh/console', 'mesh/istiod', 'platform/page', 'platform/grpc', 'platform/memory'],
  ],
  // Tests of manifests: what a mesh would do, and what it does.
  'mesh/testing': ['mesh/apiserver', 'mesh/kubelet', 'mesh/run', 'mesh/telemetry', 'mesh/istiod'],
  'mesh/cli': ['platform', 'mesh/testing', 'mesh/run', 'mesh/kubelet', 'mesh/telemetry', 'mesh/istiod'],
};

/** Parts that all rooms of the mesh share. */
const SHARED = ['diagnostic', 'keep-equal', 'nearest', 'once', 'own-value', 'project-root'].map(
  (name) => `mesh/${name}.ts`,
);
/** Node's own server and client, without what an import of all of it costs. */
const FOR_ALL = 'platform/node-http.ts';
/** The whole way of a manifest on one screen, for readers and tests. */
const ON_ONE_SCREEN = ['mesh/istiod/translate.ts'];

const parts = Object.keys(MAY_IMPORT).sort((a, b) => b.length - a.length);
const partOf = (file: string) => parts.find((part) => file.startsWith(`${part}/`));

const files = globSync('{platform,services,mesh}/**/*.ts', { cwd: ROOT }).filter(
  (file) => !file.endsWith('.test.ts') && !isTestCode(file) && ![...SHARED, ...ON_ONE_SCREEN].includes(file),
);

/** What only tests of this project import: the folders `testing`, but for the room of that name. */
function isTestCode(file: string): boolean {
  return !file.startsWith('mesh/testing/') && file.includes('/testing/');
}

describe('imports', () => {
  it('finds the sources, each in a room', () => {
    expect(files.length).toBeGreaterThan(50);
    expect(files.filter((file) => partOf(file) === undefined)).toEqual([]);
  });

  it.each(parts)('of %s stay within what it may know', (part) => {
    const violations = files
      .filter((file) => partOf(file) === part)
      .flatMap((file) => importsOf(file).map((target) => ({ file, target })))
      .filter(({ target }) => !allowed(part, target))
      .map(({ file, target }) => `${file} imports ${target}`);
    expect(violations).toEqual([]);
  });

  it(`take from node:http only types: what runs is in ${FOR_ALL}`, () => {
    const whole = /^import (?!type ).*from 'node:http'/m;
    expect(files.filter((file) => whole.test(readFileSync(join(ROOT, file), 'utf8')))).toEqual([]);
  });

  it('go round in no circle', () => {
    expect(circles(new Map(files.map((file) => [file, importsOf(file)])))).toEqual([]);
  });
});

function allowed(part: string, target: string): boolean {
  if (target === FOR_ALL) return true;
  if (SHARED.includes(target)) return part.startsWith('mesh/');
  const owner = partOf(target);
  if (owner === undefined) return false;
  return [part, ...(MAY_IMPORT[part] ?? [])].some((one) => owner === one || owner.startsWith(`${one}/`));
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

/** What is left when, again and again, the files are taken away that import nothing that is left: those in circles, and on the way to them. */
function circles(imports: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const left = new Map(imports);
  for (let size = -1; size !== left.size; ) {
    size = left.size;
    for (const [file, targets] of left) {
      if (!targets.some((target) => left.has(target))) left.delete(file);
    }
  }
  // Of those, the ones that nobody imports only lead to a circle.
  for (let size = -1; size !== left.size; ) {
    size = left.size;
    const imported = new Set([...left.values()].flat());
    for (const file of left.keys()) if (!imported.has(file)) left.delete(file);
  }
  return [...left.keys()];
}
