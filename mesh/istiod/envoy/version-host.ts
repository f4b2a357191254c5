import type { Any } from '#mesh/istiod/envoy/json.ts';
import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import { typed } from '#mesh/istiod/envoy/messages.ts';
import { directResponse } from '#mesh/istiod/envoy/routes/virtual-host.ts';

/** A host that every proxy answers itself, with the version of its routes. */
export const VERSION_HOST = 'version.mesh101.internal';

/**
 * The routes with a host that tells their version. Envoy's admin interface tells what the main thread has accepted;
 * only an answer by this route proves that the worker thread uses it too.
 */
export function withVersionHost(
  routes: envoy.RouteConfiguration,
  { version, filters }: { readonly version: string; readonly filters: ReadonlySet<string> },
): envoy.RouteConfiguration {
  const hosts = routes['virtual_hosts'];
  const exempt = Object.fromEntries([...filters].map((name) => [name, DISABLED]));
  return { ...routes, virtual_hosts: [...(Array.isArray(hosts) ? hosts : []), versionHost(version, exempt)] };
}

/** No filter may answer in the route's place: a policy, or what an EnvoyFilter adds. */
const DISABLED = typed('envoy.config.route.v3.FilterConfig', { disabled: true });

const NONE: envoy.FractionalPercent = { numerator: 0, denominator: 'HUNDRED' };
/** The runner's own questions are in nobody's traces. */
const UNTRACED: envoy.RouteTracing = { client_sampling: NONE, random_sampling: NONE, overall_sampling: NONE };

function versionHost(version: string, exempt: Readonly<Record<string, Any>>): envoy.VirtualHost {
  return {
    name: VERSION_HOST,
    domains: [VERSION_HOST, `${VERSION_HOST}:*`],
    routes: [
      {
        name: 'version',
        match: { prefix: '/' },
        direct_response: directResponse({ status: 200, body: version }),
        tracing: UNTRACED,
        typed_per_filter_config: exempt,
      },
    ],
  };
}
