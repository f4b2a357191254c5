import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import type { Diagnostic, Position } from '#mesh/diagnostic.ts';
import type { SourceFile } from '#mesh/istiod/config/load/document.ts';
import { readSources } from '#mesh/istiod/config/load/read-sources.ts';
import { testMistake } from '#mesh/testing/schema-issues.ts';

const TEST_FILE = /\.mesh-test\.ya?ml$/;
const VALIDATOR_FILE = /_test\.ya?ml$/;
const KUSTOMIZATIONS = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

/** Files of tests: those named, and in folders all called `*.mesh-test.yaml`, or `*_test.yaml` with `testCases`. */
export async function testFilesIn(paths: readonly string[]): Promise<Sources> {
  const found = await Promise.all(paths.map(testFilesAt));
  return {
    files: found.flatMap(({ files }) => files),
    diagnostics: found.flatMap(({ diagnostics }) => diagnostics),
  };
}

export interface Sources {
  readonly files: readonly SourceFile[];
  readonly diagnostics: readonly Diagnostic[];
}

async function testFilesAt(path: string): Promise<Sources> {
  const found = await stat(path).catch(() => undefined);
  if (!found) {
    const message = `the path \`${path}\` does not exist`;
    return { files: [], diagnostics: [testMistake({ message, fix: 'name a file or a folder of tests' })] };
  }
  if (!found.isDirectory()) return { files: [await textAt(path)], diagnostics: [] };
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const own = await Promise.all(names.filter((name) => TEST_FILE.test(name)).map(textAt));
  const others = await Promise.all(names.filter((name) => VALIDATOR_FILE.test(name)).map(textAt));
  const foreign = others.filter(({ text }) => /^testCases:/m.test(text));
  return { files: [...own, ...foreign], diagnostics: [] };
}

async function textAt(file: string): Promise<SourceFile> {
  return { file, text: await readFile(file, 'utf8') };
}

export interface ManifestReader {
  /** Resolves with the manifests at a path: a file, a folder, a kustomization, or `-`. */
  read(path: string, from: Position | undefined): Promise<Sources>;
}

export interface ReaderOptions {
  /** Folders below the named ones too. */
  readonly recursive?: boolean;
  readonly stdin: NodeJS.ReadableStream;
  /** The manifests that `kubectl kustomize` makes of a folder; rejects with what it says. */
  readonly kustomize: (folder: string) => Promise<string>;
}

/** Reads each path once, however many tests name it. */
export function manifestReader(options: ReaderOptions): ManifestReader {
  const known = new Map<string, Promise<Sources>>();
  return {
    async read(path, from) {
      const reading = known.get(path) ?? readManifests(path, options);
      known.set(path, reading);
      const { files, diagnostics } = await reading;
      const placed = diagnostics.map((one) => (one.position || !from ? one : { ...one, position: from }));
      return { files, diagnostics: placed };
    },
  };
}

async function readManifests(path: string, options: ReaderOptions): Promise<Sources> {
  const { stdin, kustomize, recursive = false } = options;
  if (path !== '-' && KUSTOMIZATIONS.some((name) => existsSync(join(path, name)))) {
    try {
      return { files: [{ file: `${path} (kustomize)`, text: await kustomize(path) }], diagnostics: [] };
    } catch (error) {
      const message = `\`kubectl kustomize ${path}\`: ${(error as Error).message.trim()}`;
      return { files: [], diagnostics: [testMistake({ message })] };
    }
  }
  const { files, diagnostics } = await readSources([path], { stdin, recursive });
  return { files: files.filter(({ file, text }) => isManifest(file, text)), diagnostics };
}

function isManifest(file: string, text: string): boolean {
  return !TEST_FILE.test(file) && !/^testCases:/m.test(text);
}

/** A path that a file of tests names, as seen from here. */
export function pathFrom(testFile: string, path: string): string {
  return path === '-' || isAbsolute(path) ? path : normalize(join(dirname(testFile), path));
}
