import { existsSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const own = fileURLToPath(new URL('../../../node_modules/node/bin/node', import.meta.url));

/** The project's Node: the one of its dependencies, whichever runs this process, as a test runner may be an older one. */
export const nodeExecutable = existsSync(own) ? own : process.execPath;
