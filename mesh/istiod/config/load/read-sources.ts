import type { Dirent } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { Diagnostic } from '#mesh/diagnostic.ts';
import type { SourceFile } from '#mesh/istiod/config/load/document.ts';

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

/** What `mesh test` reads is none of them. */
const manifestName = /(?<!\.mesh-test)\.(ya?ml|json)$/;

/** The manifests that `-f FILE|DIR|-` names, each folder's in alphabetical order. */
export async function readSources(paths: readonly string[], options: ReadOptions): Promise<ReadSources> {
  const files: SourceFile[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const path of paths) {
    try {
      const { names, below = [] } = await manifestsAt(path, options);
      if (below.length > 0) diagnostics.push(unread(path, below));
      for (const { file, bytes } of await Promise.all(names.map((name) => readOne(name, options)))) {
        const { text, problem } = textOf(file, bytes);
        if (problem) diagnostics.push(problem);
        else files.push({ file, text });
      }
    } catch (error) {
      diagnostics.push(unreadable(path, error));
    }
  }
  return { files, diagnostics };
}

interface FileBytes {
  readonly file: string;
  readonly bytes: Buffer;
}

async function readOne(path: string, { stdin }: ReadOptions): Promise<FileBytes> {
  return path === '-'
    ? { file: '<stdin>', bytes: await buffer(stdin) }
    : { file: path, bytes: await readFile(path) };
}

interface Manifests {
  readonly names: readonly string[];
  /** In the folders below, which nobody asked for. */
  readonly below?: readonly string[];
}

async function manifestsAt(path: string, { recursive = false }: ReadOptions): Promise<Manifests> {
  if (path === '-' || !(await stat(path)).isDirectory()) return { names: [path] };
  const entries = await readdir(path, { recursive, withFileTypes: true });
  const names = manifestsOf(entries);
  const below = recursive ? [] : await manifestsBelow(entries);
  if (names.length > 0) return { names, below };
  throw new Error(
    `the folder holds no *.yaml, *.yml or *.json file${below.length > 0 ? '; those in the folders below it need -R' : ''}`,
  );
}

function manifestsOf(entries: readonly Dirent[]): readonly string[] {
  const files = entries.filter((entry) => entry.isFile() && manifestName.test(entry.name));
  return files.map((entry) => join(entry.parentPath, entry.name)).sort();
}

/** One level down, where a folder for each namespace or kind is usual. */
async function manifestsBelow(entries: readonly Dirent[]): Promise<readonly string[]> {
  const folders = entries.filter((entry) => entry.isDirectory() && !/^\.|^node_modules$/.test(entry.name));
  const within = folders.map(({ parentPath, name }) =>
    readdir(join(parentPath, name), { withFileTypes: true }).catch(() => []),
  );
  return manifestsOf((await Promise.all(within)).flat());
}

function unread(folder: string, below: readonly string[]): Diagnostic {
  const [what, are, them] =
    below.length === 1 ? ['one manifest', 'is', 'it'] : [`${below.length} manifests`, 'are', 'them'];
  return {
    severity: 'warning',
    code: 'M101-folders-below',
    message: `${what} in the folders below \`${folder}\` ${are} not read: \`${below[0]}\`${below.length > 1 ? ', …' : ''}`,
    fix: `add -R to read ${them}, too`,
  };
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

type Decoded =
  | { readonly text: string; readonly problem?: never }
  | { readonly text?: never; readonly problem: Diagnostic };

/** A file's text. Bytes that are not UTF-8 are a mistake; a tolerant decoder would put \u{FFFD} in their place. */
function textOf(file: string, bytes: Uint8Array): Decoded {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { problem: notUtf8(file, bytes) };
  }
}

function notUtf8(file: string, bytes: Uint8Array): Diagnostic {
  const offset = validLength(bytes);
  const before = bytes.subarray(0, offset);
  const line = before.reduce((lines, byte) => (byte === NEWLINE ? lines + 1 : lines), 1);
  const column = offset - before.lastIndexOf(NEWLINE);
  const byte = (bytes[offset] ?? 0).toString(16).toUpperCase().padStart(2, '0');
  return {
    severity: 'error',
    code: 'M101-not-utf-8',
    message: `the file is not UTF-8: byte 0x${byte} at offset ${offset} (line ${line}) does not belong there`,
    fix: 'save it as UTF-8; if it is Latin-1: `iconv -f latin1 -t utf-8`',
    position: { file, line, column },
  };
}

const NEWLINE = 10;

/** How many bytes of the beginning are UTF-8: the longest beginning that decodes, found by halves. */
function validLength(bytes: Uint8Array): number {
  let [good, bad] = [0, bytes.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (decodes(bytes.subarray(0, middle))) good = middle;
    else bad = middle;
  }
  // Back to where the character begins that is cut short.
  while (good > 0 && !decodes(bytes.subarray(0, good), { whole: true })) good -= 1;
  return good;
}

/** Whether bytes are UTF-8; unless they are to be whole, up to a character at their end that is not complete. */
function decodes(bytes: Uint8Array, { whole = false } = {}): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: !whole });
    return true;
  } catch {
    return false;
  }
}
