import { join } from 'node:path';

/** The project's folder, without a slash at its end: programs and manifests are found from there. */
export const projectRoot = join(import.meta.dirname, '..');
