import { existsSync, realpathSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const own = fileURLToPath(new URL('../../../node_modules/.bin/node', import.meta.url));

/** The project's Node: the one of its dependencies, whichever runs this process, as a test runner may be an older one. */
export const nodeExecutable = existsSync(own) ? realpathSync(own) : process.execPath;

/**
 * Where Node keeps what it has compiled, as the variable NODE_COMPILE_CACHE: from the second start on, a program starts
 * sooner and does without the type stripper, which is 25 MB of its memory.
 */
export const compileCache = fileURLToPath(new URL('../../../.cache/compiled', import.meta.url));

/** A program with everything that it is started with. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}
