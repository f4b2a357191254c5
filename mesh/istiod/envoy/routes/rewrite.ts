import type { JsonObject } from '#mesh/istiod/envoy/json.ts';
import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import { hostSetBy } from '#mesh/istiod/envoy/routes/header-operations.ts';
import type { Forward, Redirect, RouteMatch } from '#mesh/istiod/model/route.ts';

/** A request's new path and authority. A prefix match replaces the prefix, every other match the whole path. */
export function rewrites(action: Forward, match: RouteMatch): envoy.RouteAction {
  const authority = action.rewrite?.authority || hostSetBy(action.headers);
  return {
    ...pathRewrite(action.rewrite, match),
    ...(authority !== undefined && { host_rewrite_literal: authority }),
  };
}

function pathRewrite(rewrite: Forward['rewrite'], { uri }: RouteMatch): envoy.RouteAction {
  if (rewrite?.uriRegex) {
    const { match, rewrite: substitution } = rewrite.uriRegex;
    return { regex_rewrite: { pattern: { regex: match }, substitution } };
  }
  if (rewrite?.uri === undefined) {
    return {};
  }
  return uri && 'regex' in uri ? wholePath(rewrite.uri) : { prefix_rewrite: rewrite.uri };
}

/** Envoy has no prefix to replace after a regular expression; backslashes would be references to groups. */
function wholePath(path: string): JsonObject {
  return { regex_rewrite: { pattern: { regex: '.*' }, substitution: path.replaceAll('\\', '\\\\') } };
}

const RESPONSE_CODES: Readonly<Record<number, envoy.RedirectAction['response_code']>> = {
  301: 'MOVED_PERMANENTLY',
  302: 'FOUND',
  303: 'SEE_OTHER',
  307: 'TEMPORARY_REDIRECT',
  308: 'PERMANENT_REDIRECT',
};

const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };

/** Where requests arrive: the port of the virtual host, and whether it is reached by TLS. */
export interface Arrival {
  readonly port: number;
  readonly isSecure?: boolean;
}

/** @param arrival what a request's own port and scheme are derived from */
export function redirectAction(redirect: Redirect, arrival: Arrival): envoy.RedirectAction {
  return {
    host_redirect: redirect.authority,
    path_redirect: redirect.uri,
    prefix_rewrite: redirect.prefixRewrite,
    regex_rewrite: redirect.uriRegex && {
      pattern: { regex: redirect.uriRegex.match },
      substitution: redirect.uriRegex.rewrite,
    },
    scheme_redirect: redirect.scheme,
    port_redirect: redirectPort(redirect, arrival),
    response_code: RESPONSE_CODES[redirect.redirectCode] ?? 'MOVED_PERMANENTLY',
  };
}

/** A scheme's own port is not written into the location. */
function redirectPort(redirect: Redirect, arrival: Arrival): number | undefined {
  const port = redirect.derivePort === 'FROM_REQUEST_PORT' ? arrival.port : redirect.port;
  const scheme = redirect.scheme ?? (arrival.isSecure ? 'https' : 'http');
  return port === 0 || port === DEFAULT_PORTS[scheme] ? undefined : port;
}
