import { join } from 'node:path';

/** The folder that holds bin/, k8s/ and istio/. */
export const projectRoot = join(import.meta.dirname, '../..');
