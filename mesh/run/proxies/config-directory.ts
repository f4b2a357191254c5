import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** From a path relative to the Envoy's directory to the file's text. */
export type Files = Readonly<Record<string, string>>;

/**
 * The directory from which one Envoy reads its configuration. A file appears by a rename: Envoy watches for exactly
 * that, and never sees half a file.
 */
export class ConfigDirectory {
  readonly root: string;
  readonly #staging: string;

  constructor(root: string) {
    this.root = root;
    this.#staging = join(root, 'staging');
    rmSync(root, { recursive: true, force: true });
    // The directories are watched from the start, so they exist from the start.
    for (const directory of [this.#staging, join(root, 'rds'), join(root, 'ecds'), join(root, 'sds')]) {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
    }
  }

  write(files: Files): void {
    for (const [path, text] of Object.entries(files)) {
      const staged = join(this.#staging, path.replaceAll('/', '-'));
      const target = join(this.root, path);
      mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
      writeFileSync(staged, text, { mode: 0o600 });
      renameSync(staged, target);
    }
  }

  remove(paths: readonly string[]): void {
    for (const path of paths) {
      rmSync(join(this.root, path), { force: true });
    }
  }

  destroy(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
