import { createHash } from 'node:crypto';
import { withVersionHost } from '#mesh/envoy/acknowledgement.ts';
import type { EnvoyConfig, JsonObject } from '#mesh/envoy/config.ts';
import {
  CLUSTERS_FILE,
  filterFile,
  LISTENERS_FILE,
  routesFile,
  secretFile,
} from '#mesh/envoy/file-source.ts';
import { typed } from '#mesh/envoy/json.ts';
import { fileSecret, isFileSecret } from '#mesh/envoy/tls/secrets.ts';

export const CLUSTER = 'envoy.config.cluster.v3.Cluster';
export const LISTENER = 'envoy.config.listener.v3.Listener';
export const ROUTES = 'envoy.config.route.v3.RouteConfiguration';
export const FILTER = 'envoy.config.core.v3.TypedExtensionConfig';
export const SECRET = 'envoy.extensions.transport_sockets.tls.v3.Secret';

/** What a file source reads: resources of one type, named without `type.googleapis.com/`. */
export function discoveryResponse(
  type: string,
  version: string,
  resources: readonly JsonObject[],
): JsonObject {
  return { version_info: version, resources: resources.map((resource) => typed(type, resource)) };
}

/**
 * Every file of an Envoy's directory but its bootstrap and the secrets that only the runner can make, in the order in
 * which they are to be written: what others refer to comes first. Secrets carry the hash of their content as
 * version, so that an unchanged file need not be written again.
 */
export function filesOf(config: EnvoyConfig, version: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const name of config.secrets.filter(isFileSecret)) {
    files[secretFile(name)] = secretFileContent(fileSecret(name));
  }
  files[CLUSTERS_FILE] = json(discoveryResponse(CLUSTER, version, config.clusters));
  for (const [name, routes] of Object.entries(config.routes)) {
    files[routesFile(name)] = json(discoveryResponse(ROUTES, version, [withVersionHost(routes, version)]));
  }
  for (const [name, configuration] of Object.entries(config.filters ?? {})) {
    const resource = { name, typed_config: configuration };
    files[filterFile(name)] = json(discoveryResponse(FILTER, version, [resource]));
  }
  files[LISTENERS_FILE] = json(discoveryResponse(LISTENER, version, config.listeners));
  return files;
}

/** The text of a secret's file (`secretFile(name)`); it may hold a private key, so write it with mode 0600. */
export function secretFileContent(secret: JsonObject): string {
  return stable(SECRET, secret);
}

/**
 * The text of the file of a secret that nobody has made yet, such as a gateway's missing credential. The file must be
 * there, else Envoy refuses the whole update; with this one it only closes the connections that want the secret.
 */
export const absentSecretContent: string = json(discoveryResponse(SECRET, 'absent', []));

function stable(type: string, resource: JsonObject): string {
  const version = createHash('sha256').update(JSON.stringify(resource)).digest('hex').slice(0, 16);
  return json(discoveryResponse(type, version, [resource]));
}

function json(value: JsonObject): string {
  return JSON.stringify(value, null, 1);
}
