import { authorizationRule } from '#mesh/istiod/config/build/authorization-rules.ts';
import type { ExtensionProvider } from '#mesh/istiod/config/mesh-config.ts';
import type { ResourceOf } from '#mesh/istiod/config/schema/resource.ts';
import type { ExternalAuthorization, ExternalAuthorizer, ExternalPolicy } from '#mesh/istiod/model/policy.ts';
import type { Service } from '#mesh/istiod/model/service.ts';

/** Istio's own, in milliseconds. */
const TIMEOUT = 600_000;

export interface Authorizers {
  readonly providers: readonly ExtensionProvider[];
  readonly services: readonly Service[];
}

/**
 * A workload's policies of action CUSTOM. Istio asks one provider for a workload: where they name several, one that is not
 * there or a service that is not, they deny what they take.
 */
export function externalAuthorization(
  policies: readonly ResourceOf<'AuthorizationPolicy'>[],
  { providers, services }: Authorizers,
): ExternalAuthorization | undefined {
  const custom = policies.filter(({ spec }) => spec.action === 'CUSTOM').map(toPolicy);
  if (custom.length === 0) return undefined;
  const [name, ...others] = new Set(custom.map(({ provider }) => provider));
  const provider = others.length === 0 ? providers.find((one) => one.name === name) : undefined;
  const authorizer = provider && toAuthorizer(provider, services);
  return { policies: custom, ...(authorizer && { authorizer }) };
}

function toPolicy({ metadata, spec, document }: ResourceOf<'AuthorizationPolicy'>): ExternalPolicy {
  return {
    name: metadata.name,
    namespace: metadata.namespace,
    provider: spec.provider?.name ?? '',
    rules: spec.rules.map((rule, index) => ({
      ...authorizationRule(rule, metadata.namespace),
      position: document.at(['spec', 'rules', index]),
    })),
    position: document.at(['metadata', 'name']),
  };
}

function toAuthorizer(
  { envoyExtAuthzHttp: http, envoyExtAuthzGrpc: grpc }: ExtensionProvider,
  services: readonly Service[],
): ExternalAuthorizer | undefined {
  const settings = http ?? grpc;
  if (!settings) return undefined;
  const host = settings.service.slice(settings.service.indexOf('/') + 1);
  // Nobody checks the port: one that the service does not have leads nowhere.
  if (!services.some((one) => one.host === host)) return undefined;
  const { port, timeout = TIMEOUT, failOpen, statusOnError, includeRequestBodyInCheck: body } = settings;
  return {
    ...{ host, port, timeout, failOpen },
    ...(statusOnError !== undefined && { statusOnError }),
    ...(body && { body }),
    protocol: http ? httpProtocol(http) : { of: 'grpc', clearRouteCache: grpc?.clearRouteCache === true },
  };
}

function httpProtocol(
  http: NonNullable<ExtensionProvider['envoyExtAuthzHttp']>,
): ExternalAuthorizer['protocol'] {
  return {
    of: 'http',
    pathPrefix: http.pathPrefix,
    requestHeaders: [...http.includeRequestHeadersInCheck, ...http.includeHeadersInCheck],
    additionalHeaders: http.includeAdditionalHeadersInCheck,
    upstreamOnAllow: http.headersToUpstreamOnAllow,
    downstreamOnAllow: http.headersToDownstreamOnAllow,
    downstreamOnDeny: http.headersToDownstreamOnDeny,
  };
}
