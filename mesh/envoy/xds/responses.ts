import { createHash } from 'node:crypto';
import { withVersionHost } from '#mesh/envoy/acknowledgement.ts';
import type { EnvoyConfig, JsonObject } from '#mesh/envoy/config.ts';
import { typed } from '#mesh/envoy/json.ts';
import { fileSecret, isFileSecret } from '#mesh/envoy/tls/secrets.ts';
import { CLUSTERS, filterNamed, LISTENERS, routesNamed, secretNamed } from '#mesh/envoy/xds/source.ts';

const CLUSTER = 'envoy.config.cluster.v3.Cluster';
const LISTENER = 'envoy.config.listener.v3.Listener';
const ROUTES = 'envoy.config.route.v3.RouteConfiguration';
const FILTER = 'envoy.config.core.v3.TypedExtensionConfig';
const SECRET = 'envoy.extensions.transport_sockets.tls.v3.Secret';

/** A DiscoveryResponse: what an Envoy is given for one question. */
export interface Response {
  readonly version_info: string;
  readonly resources: readonly JsonObject[];
}

/** From what is asked for (`listeners`, `routes/http_proxy`) to the answer. */
export type Responses = Readonly<Record<string, Response>>;

/**
 * Every answer for an Envoy but the secrets that only the runner can make, in the order in which they are to be given:
 * what others refer to comes first.
 */
export function responsesOf(config: EnvoyConfig, version: string): Responses {
  const responses: Record<string, Response> = {};
  for (const name of config.secrets.filter(isFileSecret)) {
    responses[secretNamed(name)] = secretResponse(fileSecret(name));
  }
  responses[CLUSTERS] = response(CLUSTER, version, config.clusters);
  for (const [name, routes] of Object.entries(config.routes)) {
    responses[routesNamed(name)] = response(ROUTES, version, [withVersionHost(routes, version)]);
  }
  for (const [name, configuration] of Object.entries(config.filters ?? {})) {
    responses[filterNamed(name)] = response(FILTER, version, [{ name, typed_config: configuration }]);
  }
  responses[LISTENERS] = response(LISTENER, version, config.listeners);
  return responses;
}

/** A secret's version is the hash of its content, so that an unchanged one is not given again. */
export function secretResponse(secret: JsonObject): Response {
  const version = createHash('sha256').update(JSON.stringify(secret)).digest('hex').slice(0, 16);
  return response(SECRET, version, [secret]);
}

function response(type: string, version: string, resources: readonly JsonObject[]): Response {
  return { version_info: version, resources: resources.map((resource) => typed(type, resource)) };
}
