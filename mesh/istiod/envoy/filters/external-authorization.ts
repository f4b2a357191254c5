import type { BoundPorts } from '#mesh/istiod/envoy/filters/rbac/operations.ts';
import { type RuleContext, rulePolicy } from '#mesh/istiod/envoy/filters/rbac/rule.ts';
import type { Messages } from '#mesh/istiod/envoy/generated/messages.ts';
import { type Any, nonEmpty, seconds } from '#mesh/istiod/envoy/json.ts';
import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import { typed } from '#mesh/istiod/envoy/messages.ts';
import { clusterName } from '#mesh/istiod/envoy/names.ts';
import type { ExternalAuthorization, ExternalAuthorizer, HttpAuthorizer } from '#mesh/istiod/model/policy.ts';

const RBAC = { http: 'envoy.filters.http.rbac', tcp: 'envoy.filters.network.rbac' } as const;
const SHADOW = 'istio_ext_authz_';

/** Filters of a chain with different names: the first says which rule takes a request, the second asks because of that. */
export function httpAuthorization(
  external: ExternalAuthorization | undefined,
  ports: BoundPorts,
): readonly envoy.Extension[] {
  if (!external) return [];
  const { authorizer } = external;
  const rules = takenBy(external, { action: 'DENY', level: 'http', ports });
  const rbac = typed('envoy.extensions.filters.http.rbac.v3.RBAC', rules);
  return [
    { name: `${RBAC.http}.custom`, typed_config: rbac },
    ...(authorizer
      ? [{ name: 'envoy.filters.http.ext_authz', typed_config: asking(external, authorizer) }]
      : []),
  ];
}

/** The same for connections, about which only a gRPC service can be asked. */
export function connectionAuthorization(
  external: ExternalAuthorization | undefined,
  ports: BoundPorts,
): readonly envoy.NetworkFilter[] {
  if (!external || external.authorizer?.protocol.of === 'http') return [];
  const { authorizer } = external;
  const rules = takenBy(external, { action: 'DENY', level: 'tcp', ports });
  const rbac = typed('envoy.extensions.filters.network.rbac.v3.RBAC', { ...rules, stat_prefix: 'tcp.' });
  const authz =
    authorizer &&
    typed('envoy.extensions.filters.network.ext_authz.v3.ExtAuthz', {
      ...{ stat_prefix: 'tcp.', transport_api_version: 'V3' },
      grpc_service: grpcService(authorizer),
      failure_mode_allow: authorizer.failOpen || undefined,
      filter_enabled_metadata: whenTaken(external, 'tcp'),
    });
  return [
    { name: RBAC.tcp, typed_config: rbac },
    ...(authz ? [{ name: 'envoy.filters.network.ext_authz', typed_config: authz }] : []),
  ];
}

type Rbac = Messages['envoy.extensions.filters.http.rbac.v3.RBAC'];

/** Without an authorizer the rules deny; with one they only say, in the filter's metadata, which of them takes a request. */
function takenBy({ policies, authorizer }: ExternalAuthorization, context: RuleContext): Rbac {
  const entries = policies.flatMap(({ name, namespace, provider, rules }) =>
    rules.flatMap((rule, index) => {
      const generated = rulePolicy(rule, context);
      const title = `${prefixOf(provider)}-ns[${namespace}]-policy[${name}]-rule[${index}]`;
      const why = authorizer ? '' : '-deny-due-to-bad-CUSTOM-action';
      return generated ? [[`${title}${why}`, generated] as const] : [];
    }),
  );
  const rules = { action: 'DENY' as const, policies: Object.fromEntries(entries) };
  return authorizer ? { shadow_rules: rules, shadow_rules_stat_prefix: SHADOW } : { rules };
}

const prefixOf = (provider: string) => `istio-ext-authz-${provider}`;

function whenTaken(
  { policies: [first] }: ExternalAuthorization,
  level: RuleContext['level'],
): envoy.MetadataMatcher {
  return {
    filter: RBAC[level],
    path: [{ key: `${SHADOW}shadow_effective_policy_id` }],
    value: { string_match: { prefix: prefixOf(first?.provider ?? '') } },
  };
}

function asking(external: ExternalAuthorization, authorizer: ExternalAuthorizer): Any {
  const { protocol, failOpen, statusOnError, body } = authorizer;
  return typed('envoy.extensions.filters.http.ext_authz.v3.ExtAuthz', {
    transport_api_version: 'V3',
    ...(protocol.of === 'http'
      ? {
          http_service: httpService(authorizer, protocol),
          allowed_headers: patterns(protocol.requestHeaders),
        }
      : {
          grpc_service: grpcService(authorizer),
          clear_route_cache: protocol.clearRouteCache || undefined,
        }),
    failure_mode_allow: failOpen || undefined,
    status_on_error: statusOnError === undefined ? undefined : { code: statusCode(statusOnError) },
    with_request_body: body && {
      max_request_bytes: body.maxRequestBytes,
      allow_partial_message: body.allowPartialMessage,
      pack_as_bytes: body.packAsBytes,
    },
    filter_enabled_metadata: whenTaken(external, 'http'),
  });
}

function httpService(
  { host, port, timeout }: ExternalAuthorizer,
  protocol: HttpAuthorizer,
): Messages['envoy.extensions.filters.http.ext_authz.v3.HttpService'] {
  return {
    server_uri: {
      uri: `http://${host}`,
      cluster: clusterName({ direction: 'outbound', port, host }),
      timeout: seconds(timeout),
    },
    path_prefix: protocol.pathPrefix === '' ? undefined : protocol.pathPrefix,
    authorization_request: {
      headers_to_add: Object.entries(protocol.additionalHeaders).map(([key, value]) => ({ key, value })),
    },
    authorization_response: {
      allowed_upstream_headers: patterns(protocol.upstreamOnAllow),
      allowed_client_headers: patterns(protocol.downstreamOnDeny),
      allowed_client_headers_on_success: patterns(protocol.downstreamOnAllow),
    },
  };
}

function grpcService({
  host,
  port,
  timeout,
}: ExternalAuthorizer): Messages['envoy.config.core.v3.GrpcService'] {
  return {
    envoy_grpc: { cluster_name: clusterName({ direction: 'outbound', port, host }), authority: host },
    timeout: seconds(timeout),
  };
}

/** `x-user`, `x-*` or `*-user`, in any case. */
function patterns(names: readonly string[]): Messages['envoy.type.matcher.v3.ListStringMatcher'] | undefined {
  const all = nonEmpty(names.map((name) => ({ ...pattern(name), ignore_case: true })));
  return all && { patterns: all };
}

function pattern(name: string): Messages['envoy.type.matcher.v3.StringMatcher'] {
  if (name === '*') return { safe_regex: { regex: '.*' } };
  if (name.startsWith('*')) return { suffix: name.slice(1) };
  return name.endsWith('*') ? { prefix: name.slice(0, -1) } : { exact: name };
}

/** The JSON form of protobuf takes an enumeration's number as well as its name. */
function statusCode(number: number): Messages['envoy.type.v3.HttpStatus']['code'] {
  return number as unknown as Messages['envoy.type.v3.HttpStatus']['code'];
}
