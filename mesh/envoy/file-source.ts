import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import type { JsonObject } from '#mesh/envoy/config.ts';

/** Paths are relative: every Envoy runs in the directory that holds its own files. */
export const LISTENERS_FILE = 'lds.json';
export const CLUSTERS_FILE = 'cds.json';

export function routesFile(name: string): string {
  return `rds/${fileName(name)}.json`;
}

/** Where a filter that is discovered has its configuration. */
export function filterFile(name: string): string {
  return `ecds/${fileName(name)}.json`;
}

/** Where the runner writes a secret of this name. */
export function secretFile(name: string): string {
  return `sds/${fileName(name)}.json`;
}

/** A ConfigSource that reads a file again whenever something is renamed into its directory. */
export function fileSource(path: string): JsonObject {
  return {
    path_config_source: { path, watched_directory: { path: posix.dirname(path) } },
    resource_api_version: 'V3',
  };
}

const LONGEST = 200;

/** Names hold `|`, `/` and `*`; file systems take 255 bytes. */
function fileName(name: string): string {
  const escaped = encodeURIComponent(name).replaceAll('*', '%2A');
  if (escaped.length <= LONGEST) {
    return escaped;
  }
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 16);
  return `${escaped.slice(0, LONGEST - digest.length - 1)}-${digest}`;
}
