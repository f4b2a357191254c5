import type { JsonObject } from '#mesh/envoy/config.ts';
import { present } from '#mesh/envoy/json.ts';
import type { Redirect } from '#mesh/model/route.ts';

const RESPONSE_CODES: Readonly<Record<number, string>> = {
  301: 'MOVED_PERMANENTLY',
  302: 'FOUND',
  303: 'SEE_OTHER',
  307: 'TEMPORARY_REDIRECT',
  308: 'PERMANENT_REDIRECT',
};

const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };

/** @param listenerPort the port of the virtual host, which a request's own port is derived from */
export function redirectAction(redirect: Redirect, listenerPort: number): JsonObject {
  return present({
    host_redirect: redirect.authority,
    path_redirect: redirect.uri,
    scheme_redirect: redirect.scheme,
    port_redirect: redirectPort(redirect, listenerPort),
    response_code: RESPONSE_CODES[redirect.redirectCode] ?? 'MOVED_PERMANENTLY',
  });
}

/** A scheme's own port is not written into the location. */
function redirectPort(redirect: Redirect, listenerPort: number): number | undefined {
  const port = redirect.derivePort === 'FROM_REQUEST_PORT' ? listenerPort : redirect.port;
  return port === DEFAULT_PORTS[redirect.scheme ?? 'http'] ? undefined : port;
}
