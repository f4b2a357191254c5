import { accessSync, constants, statSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';

/**
 * The folder that `mesh shell` puts on PATH. Its links point to the programs that were found, so the search leaves it
 * out: otherwise a shell within a shell would have a program that points to itself.
 */
export const meshProgramsFolder = 'mesh101-programs';

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The first executable called `name` in the directories of PATH. */
export function onPath(name: string, path: string | undefined): string | undefined {
  return everyOnPath(name, path)[0];
}

/** Every executable called `name` in the directories of PATH, in its order. */
export function everyOnPath(name: string, path: string | undefined): readonly string[] {
  return (path ?? '')
    .split(delimiter)
    .filter((directory) => directory !== '' && basename(directory) !== meshProgramsFolder)
    .map((directory) => join(directory, name))
    .filter(isExecutable);
}
