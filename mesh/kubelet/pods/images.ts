import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { type ProgramName, programNames } from '#mesh/kubelet/binary/programs.ts';
import { projectRoot } from '#mesh/project-root.ts';

const portsSchema = z.strictObject({
  default: z.int().min(1).max(65_535),
  variable: z.string().optional(),
  arguments: z.string().refine(isPattern, 'must be a regular expression').optional(),
});
const entrySchema = z.strictObject({
  image: z.union([z.string(), z.array(z.string()).min(1)]),
  ports: portsSchema.optional(),
  command: z.array(z.string()).min(1),
  env: z.record(z.string(), z.string()).optional(),
  path: z.string().optional(),
  overrides: z.enum(['replace', 'ignore', 'pass']).optional(),
  attended: z.array(z.string()).min(1).optional(),
  program: z.enum(programNames).optional(),
  settings: z.string().optional(),
});
const tableSchema = z.strictObject({ images: z.array(entrySchema) });

/** Where a program listens: at the ports that its arguments name, else at that of its variable, else at its usual one. */
export interface ProgramPorts {
  readonly default: number;
  readonly variable?: string;
  /** Finds the part of the arguments whose numbers are ports. */
  readonly arguments?: RegExp;
}

/** The local program that plays an image. */
export interface ImageProgram {
  readonly patterns: readonly string[];
  /** The patterns together, for an image's name without its digest. */
  readonly names: RegExp;
  readonly command: readonly string[];
  /** Where the program listens, whatever a manifest declares; absent if unknown. */
  readonly ports?: ProgramPorts;
  /** What the image itself sets; the container's own variables win. */
  readonly env?: Readonly<Record<string, string>>;
  /** A folder of further programs that the image has, for `kubectl exec`. */
  readonly path?: string;
  readonly overrides?: 'replace' | 'ignore' | 'pass';
  /** What runs instead while somebody is at its standard input, as with `kubectl run -i`. */
  readonly attended?: readonly string[];
  /** The program that the command needs and the mesh finds or fetches; the variable PROGRAM has its path. */
  readonly program?: ProgramName;
  /** The folder of the image's settings, which the local program does not read. */
  readonly settings?: string;
  readonly cwd: string;
}

export type ImageTable = readonly ImageProgram[];

/** The first word of a command that the shared process carries out; the second is a role of services/stand-in. */
const STAND_IN = 'stand-in';

/** Plays whatever image nothing else plays. */
export const standIn: ImageProgram = {
  patterns: [],
  names: /^/,
  command: [STAND_IN, 'echo'],
  overrides: 'ignore',
  cwd: projectRoot,
};

/** The one word of a command that Docker or Podman carries out. */
const CONTAINER = 'container';

/** Under `--containers`: what no program here plays is run as it is. */
export const realImage: ImageProgram = { ...standIn, command: [CONTAINER] };

/** Whether Docker or Podman runs the image itself. */
export function isReal(program: Pick<ImageProgram, 'command'> | undefined): boolean {
  return program?.command[0] === CONTAINER;
}

/** Whether the shared process plays it. */
export function isPlayed(program: Pick<ImageProgram, 'command'> | undefined): boolean {
  return program?.command[0] === STAND_IN;
}

/** Whether it takes the place of an image's own programs, so that commands of probes and hooks name nothing that is here. */
export function isForeign({ overrides }: Pick<ImageProgram, 'overrides'>): boolean {
  return overrides === 'ignore' || overrides === 'pass';
}

const ownTable = fileURLToPath(new URL('images.yaml', import.meta.url));

/** A MESH_IMAGES file that cannot be used. */
export class ImageTableError extends Error {
  override readonly name = 'ImageTableError';
}

/** The user's own table, named by the variable MESH_IMAGES, before the project's. */
export function loadImages(env: NodeJS.ProcessEnv, cwd: string): ImageTable {
  const own = readTable(ownTable, projectRoot);
  const file = env['MESH_IMAGES'];
  return file ? [...readTable(resolve(cwd, file), dirname(resolve(cwd, file))), ...own] : own;
}

function readTable(file: string, directory: string): ImageTable {
  try {
    return parseTable(readFileSync(file, 'utf8'), directory);
  } catch (error) {
    const reason = (error as Error).message;
    throw new ImageTableError(`${file} is not a table of images: ${reason}`, { cause: error });
  }
}

/** A table of images in YAML, whose paths are relative to the folder. Throws with what is wrong with it. */
export function parseTable(text: string, directory: string): ImageTable {
  const result = tableSchema.safeParse(parse(text));
  if (!result.success) throw new Error(z.prettifyError(result.error), { cause: result.error });
  return result.data.images.map(({ image, ports, command, env, path, overrides, attended, ...named }) => ({
    patterns: [image].flat(),
    names: namesOf([image].flat()),
    command,
    cwd: command[0] === STAND_IN ? projectRoot : directory,
    ...(ports && { ports: toPorts(ports) }),
    ...(env && { env }),
    ...(path && { path: resolve(directory, path) }),
    ...(overrides && { overrides }),
    ...(attended && { attended }),
    ...(named.program && { program: named.program }),
    ...(named.settings && { settings: named.settings }),
  }));
}

function toPorts({ arguments: pattern, variable, ...rest }: z.output<typeof portsSchema>): ProgramPorts {
  return {
    ...rest,
    ...(variable && { variable }),
    ...(pattern && { arguments: new RegExp(pattern) }),
  };
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}

/** An image is known by the end of its path, whatever registry or mirror it comes from, and by its tag where a pattern names one. */
export function findImage(table: ImageTable, image: string): ImageProgram | undefined {
  const name = image.replace(/@.*$/s, '');
  return table.find(({ names }) => names.test(name));
}

/** For `registry:5000/mesh101/chain:1.0`. A pattern without a tag stands for all of them. */
function namesOf(patterns: readonly string[]): RegExp {
  const alternatives = patterns.map((pattern) => {
    const name = pattern.split('*').map(escaped).join('.*');
    return /:[^/]*$/.test(pattern) ? name : `${name}(?::[^/:]*)?`;
  });
  return new RegExp(`^(?:.*/)?(?:${alternatives.join('|')})$`);
}

function escaped(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
}
