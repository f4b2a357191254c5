import type { JsonObject } from '#mesh/envoy/config.ts';
import { exemptFromPolicies } from '#mesh/envoy/filters/policies.ts';
import { directResponse } from '#mesh/envoy/routes/direct-response.ts';

/** A host that every proxy answers itself, with the version of its routes. */
export const VERSION_HOST = 'version.mesh101.internal';

/**
 * The routes with a host that tells their version. Envoy's admin interface tells what the main thread has accepted;
 * only an answer by this route proves that the worker thread uses it too.
 */
export function withVersionHost(routes: JsonObject, version: string): JsonObject {
  const hosts = routes['virtual_hosts'];
  return { ...routes, virtual_hosts: [...(Array.isArray(hosts) ? hosts : []), versionHost(version)] };
}

const NONE = { numerator: 0, denominator: 'HUNDRED' };
/** The runner's own questions are in nobody's traces. */
const UNTRACED: JsonObject = { client_sampling: NONE, random_sampling: NONE, overall_sampling: NONE };

function versionHost(version: string): JsonObject {
  return {
    name: VERSION_HOST,
    domains: [VERSION_HOST, `${VERSION_HOST}:*`],
    routes: [
      {
        name: 'version',
        match: { prefix: '/' },
        direct_response: directResponse({ status: 200, body: version }),
        tracing: UNTRACED,
        typed_per_filter_config: exemptFromPolicies,
      },
    ],
  };
}
