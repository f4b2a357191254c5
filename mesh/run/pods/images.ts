import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { type ProgramName, programNames } from '#mesh/run/binary/programs.ts';

const entrySchema = z.strictObject({
  image: z.union([z.string(), z.array(z.string()).min(1)]),
  command: z.array(z.string()).min(1),
  env: z.record(z.string(), z.string()).optional(),
  path: z.string().optional(),
  overrides: z.enum(['replace', 'ignore']).optional(),
  program: z.enum(programNames).optional(),
});
const tableSchema = z.strictObject({ images: z.array(entrySchema) });

/** The local program that plays an image. */
export interface ImageProgram {
  readonly patterns: readonly string[];
  readonly command: readonly string[];
  /** What the image itself sets; the container's own variables win. */
  readonly env?: Readonly<Record<string, string>>;
  /** A folder of further programs that the image has, for `kubectl exec`. */
  readonly path?: string;
  readonly overrides?: 'replace' | 'ignore';
  /** What the command needs and the mesh finds or fetches; the variable PROGRAM tells its path. */
  readonly program?: ProgramName;
  readonly cwd: string;
}

export type ImageTable = readonly ImageProgram[];

const ownTable = fileURLToPath(new URL('images.yaml', import.meta.url));
const project = fileURLToPath(new URL('../../..', import.meta.url));

/** A MESH_IMAGES file that cannot be used. */
export class ImageTableError extends Error {
  override readonly name = 'ImageTableError';
}

/** The user's own table, named by the variable MESH_IMAGES, before the project's. */
export function loadImages(env: NodeJS.ProcessEnv, cwd: string): ImageTable {
  const own = readTable(ownTable, project);
  const file = env['MESH_IMAGES'];
  return file ? [...readTable(resolve(cwd, file), dirname(resolve(cwd, file))), ...own] : own;
}

function readTable(file: string, directory: string): ImageTable {
  try {
    return tableSchema
      .parse(parse(readFileSync(file, 'utf8')))
      .images.map(({ image, command, env, path, overrides, program }) => ({
        patterns: [image].flat(),
        command,
        cwd: directory,
        ...(env && { env }),
        ...(path && { path: resolve(directory, path) }),
        ...(overrides && { overrides }),
        ...(program && { program }),
      }));
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw new ImageTableError(`${file} is not a table of images: ${reason}`, { cause: error });
  }
}

export function findImage(table: ImageTable, image: string): ImageProgram | undefined {
  const name = withoutTag(image);
  return table.find(({ patterns }) => patterns.some((pattern) => matches(pattern, name)));
}

/** `registry:5000/mesh101/chain:1.0@sha256:…` → `registry:5000/mesh101/chain` */
function withoutTag(image: string): string {
  return image.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
}

function matches(pattern: string, name: string): boolean {
  const literal = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${literal.join('.*')}$`).test(name);
}
