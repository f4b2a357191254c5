import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Diagnostic } from '#mesh/diagnostic.ts';
import type { SourceFile } from '#mesh/load/source-file.ts';

export interface ReadOptions {
  /** Read for the path `-`. */
  readonly stdin: NodeJS.ReadableStream;
  /** kubectl's `-R`: folders below the named ones too. */
  readonly recursive?: boolean;
}

export interface ReadSources {
  readonly files: readonly SourceFile[];
  readonly diagnostics: readonly Diagnostic[];
}

const manifestName = /\.(ya?ml|json)$/;

/** The manifests that `-f FILE|DIR|-` names, each folder's in alphabetical order. */
export async function readSources(paths: readonly string[], options: ReadOptions): Promise<ReadSources> {
  const files: SourceFile[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const path of paths) {
    try {
      files.push(...(await readPath(path, options)));
    } catch (error) {
      diagnostics.push(unreadable(path, error));
    }
  }
  return { files, diagnostics };
}

async function readPath(path: string, options: ReadOptions): Promise<readonly SourceFile[]> {
  if (path === '-') return [{ file: '<stdin>', text: await text(options.stdin) }];
  const names = (await stat(path)).isDirectory()
    ? await manifestsIn(path, options.recursive ?? false)
    : [path];
  return Promise.all(names.map(async (file) => ({ file, text: await readFile(file, 'utf8') })));
}

async function manifestsIn(folder: string, recursive: boolean): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive, withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile() && manifestName.test(entry.name));
  if (names.length === 0) throw new Error('the folder holds no *.yaml, *.yml or *.json file');
  return names.map((entry) => join(entry.parentPath, entry.name)).sort();
}

function unreadable(path: string, error: unknown): Diagnostic {
  const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
  const reason = error instanceof Error ? error.message : String(error);
  return {
    severity: 'error',
    code: 'M101-unreadable-file',
    message: missing ? `the path \`${path}\` does not exist` : `cannot read \`${path}\`: ${reason}`,
    fix: 'name a manifest file, a folder with manifests, or `-` for standard input',
  };
}
