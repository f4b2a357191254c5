import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Diagnostic } from '#mesh/diagnostic.ts';
import { type ConfigMap, ofKind, type Resource } from '#mesh/istiod/config/schema/resource.ts';
import { type ImageTable, loadImages, parseTable, realImage, standIn } from '#mesh/kubelet/pods/images.ts';

/** A ConfigMap with this label holds tables of images, one for each of its keys. */
export const imagesLabel = 'mesh101.io/images';

export interface ImageSourceOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Relative names are resolved here. */
  readonly cwd: string;
  /** Whether stand-ins play images that no table has. */
  readonly standIns: boolean;
  /** Whether Docker or Podman runs it instead. */
  readonly containers?: boolean;
  readonly onProblem: (message: string) => void;
}

/**
 * Which program plays which image at this moment: by the ConfigMaps that are applied, then the user's file, then the project's
 * table. File and ConfigMaps may change while the mesh runs; if one cannot be read, its last readable form stays in force.
 */
export class ImageSource {
  readonly #options: ImageSourceOptions;
  readonly #file: string | undefined;
  #fileTable: ImageTable;
  #fileTime: number;
  readonly #maps = new Map<string, { readonly text: string; readonly table: ImageTable }>();

  /** @throws ImageTableError for a file that is none at the start */
  constructor(options: ImageSourceOptions) {
    const { env, cwd } = options;
    this.#options = options;
    this.#file = env['MESH_IMAGES'] ? resolve(cwd, env['MESH_IMAGES']) : undefined;
    this.#fileTable = loadImages(env, cwd);
    this.#fileTime = this.#timeOfFile();
  }

  tableFor(resources: readonly Resource[]): ImageTable {
    this.#readFile();
    const maps = ofKind(resources, 'ConfigMap')
      .filter(isTable)
      .flatMap((map) => this.#tablesIn(map));
    const { containers, standIns } = this.#options;
    const others = containers ? [realImage] : standIns ? [standIn] : [];
    return [...maps, ...this.#fileTable, ...others];
  }

  #readFile(): void {
    const time = this.#timeOfFile();
    if (time === this.#fileTime) return;
    this.#fileTime = time;
    const { env, cwd, onProblem } = this.#options;
    try {
      this.#fileTable = loadImages(env, cwd);
    } catch (error) {
      onProblem(`${(error as Error).message}; its former content stays in force`);
    }
  }

  #timeOfFile(): number {
    if (!this.#file) return 0;
    return statSync(this.#file, { throwIfNoEntry: false })?.mtimeMs ?? -1;
  }

  #tablesIn({ metadata: { namespace, name }, data }: ConfigMap): ImageTable {
    return Object.entries(data).flatMap(([key, text]) => {
      const before = this.#maps.get(`${namespace}/${name}/${key}`);
      if (before?.text === text) return before.table;
      const read = tableIn(text, this.#options.cwd);
      if ('mistake' in read) {
        const keeps = before ? '; its former content stays in force' : '';
        this.#options.onProblem(`ConfigMap ${namespace}/${name}, ${key}: ${read.mistake}${keeps}`);
      }
      const table = 'table' in read ? read.table : (before?.table ?? []);
      this.#maps.set(`${namespace}/${name}/${key}`, { text, table });
      return table;
    });
  }
}

/** Mistakes in tables of images in ConfigMaps. */
export function checkTables(resources: readonly Resource[], cwd: string): Diagnostic[] {
  return ofKind(resources, 'ConfigMap')
    .filter(isTable)
    .flatMap(({ metadata, data, document }) =>
      Object.entries(data).flatMap(([key, text]) => {
        const read = tableIn(text, cwd);
        if (!('mistake' in read)) return [];
        return {
          severity: 'warning' as const,
          code: 'M101-IMAGES',
          message: `the table of images in \`${key}\` cannot be read: ${read.mistake}`,
          fix: 'write it like mesh/kubelet/pods/images.yaml',
          resource: `ConfigMap ${metadata.namespace}/${metadata.name}`,
          position: document.at(['data', key]),
        };
      }),
    );
}

function isTable({ metadata }: ConfigMap): boolean {
  return Object.hasOwn(metadata.labels, imagesLabel);
}

function tableIn(text: string, cwd: string): { readonly table: ImageTable } | { readonly mistake: string } {
  try {
    return { table: parseTable(text, cwd) };
  } catch (error) {
    return { mistake: (error as Error).message.split('\n').slice(0, 2).join(' ') };
  }
}
