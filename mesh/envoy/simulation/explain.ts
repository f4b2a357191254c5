import type { EnvoyConfig, JsonObject } from '#mesh/envoy/config.ts';
import { envoyFor } from '#mesh/envoy/envoy-for.ts';
import { gatewayPodPort } from '#mesh/envoy/gateway.ts';
import { answerOf } from '#mesh/envoy/simulation/answer.ts';
import { type Verdict, verdict } from '#mesh/envoy/simulation/authorization.ts';
import { clusterShares, explainDestination } from '#mesh/envoy/simulation/destinations.ts';
import type { Explanation } from '#mesh/envoy/simulation/explanation.ts';
import { boundPort, filterChainFor, listenerFor, routesOf } from '#mesh/envoy/simulation/listeners.ts';
import { type Condition, conditionsOf, requestConditions } from '#mesh/envoy/simulation/match-route.ts';
import { type MatchedVirtualHost, matchVirtualHost } from '#mesh/envoy/simulation/match-virtual-host.ts';
import { listAt, objectAt, originOf, textAt } from '#mesh/envoy/simulation/read.ts';
import { authorityOf, type SimulatedRequest } from '#mesh/envoy/simulation/request.ts';
import { routeFacts } from '#mesh/envoy/simulation/route-facts.ts';
import type { GatewayWorkload } from '#mesh/model/gateway.ts';
import { spiffeId } from '#mesh/model/identity.ts';
import type { Mesh, Proxy as MeshProxy } from '#mesh/model/mesh.ts';

export interface ExplainOptions {
  readonly mesh: Mesh;
  /** Where the request enters the mesh: the caller's sidecar, kube-proxy, or a gateway. */
  readonly proxy: MeshProxy;
  readonly request: SimulatedRequest;
  /** The caller's, when its proxy is kube-proxy. */
  readonly namespace?: string;
}

/** The way that a request would take, read from the very configuration that the Envoys get. */
export function explain(options: ExplainOptions): Explanation {
  const { mesh, proxy, request } = options;
  const config = envoyFor(mesh, proxy);
  const start: Explanation = { proxy: proxyName(proxy), skipped: [], mirrors: [], destinations: [] };
  const listener = listenerFor(config, options);
  if (!listener) {
    return { ...start, answer: { status: 0, why: `nothing listens on port ${request.port}` } };
  }
  const heard = { ...start, listener: describeListener(listener) };
  const chain = filterChainFor(listener, request.host);
  const routes = chain && routesOf(chain, config);
  if (!routes) {
    return { ...heard, answer: { status: 0, why: `no certificate for the server name ${request.host}` } };
  }
  const refused = proxy.role === 'gateway' ? gatewayVerdict(proxy.gateway, options) : undefined;
  if (refused && !refused.allowed) {
    return { ...heard, answer: { status: 403, why: `RBAC: access denied, ${refused.why}` } };
  }
  const matched = matchVirtualHost(routes, authorityOf(request));
  return matched
    ? { ...heard, ...virtualHostSteps(matched, { ...options, config }) }
    : { ...heard, answer: { status: 404, why: `no host here is called ${authorityOf(request)}` } };
}

/** What the gateway's own policies say; callers from outside show no identity of the mesh. */
function gatewayVerdict(gateway: GatewayWorkload, { mesh, request }: ExplainOptions): Verdict | undefined {
  const { name, namespace, servers } = gateway;
  const policies = mesh.policies?.[`${name}.${namespace}`];
  const server = servers.find(({ port, localPort }) => port === request.port || localPort === request.port);
  return policies && server && verdict(policies, { request, port: gatewayPodPort(server.port) });
}

interface Steps extends ExplainOptions {
  readonly config: EnvoyConfig;
}

function virtualHostSteps({ virtualHost, domain }: MatchedVirtualHost, steps: Steps): Partial<Explanation> {
  const found = { virtualHost: { name: textAt(virtualHost, 'name') ?? '', domain } };
  const { request } = steps;
  if (virtualHost['require_tls'] === 'ALL' && request.scheme === 'http') {
    const location = `https://${request.host}${request.path}`;
    return { ...found, answer: { status: 301, why: 'the gateway redirects to HTTPS', location } };
  }
  return { ...found, ...routeSteps(listAt(virtualHost, 'routes'), steps) };
}

function routeSteps(routes: readonly JsonObject[], steps: Steps): Partial<Explanation> {
  const skipped: Explanation['skipped'][number][] = [];
  for (const route of routes) {
    const conditions = routeConditions(route, steps);
    if (conditions.every(({ met }) => met)) {
      return {
        skipped,
        route: { ...named(route), because: texts(conditions) },
        ...actionSteps(route, steps),
      };
    }
    if (!isTunnelRoute(route)) {
      skipped.push({ ...named(route), unmet: texts(conditions.filter(({ met }) => !met)) });
    }
  }
  return { skipped, answer: { status: 404, why: 'no route matches' } };
}

/** A gateway sees into HTTPS, because it holds the certificate; other proxies only see a tunnel. */
function routeConditions(route: JsonObject, { proxy, request }: Steps): readonly Condition[] {
  return proxy.role === 'gateway'
    ? requestConditions(objectAt(route, 'match') ?? {}, request)
    : conditionsOf(route, request);
}

function actionSteps(route: JsonObject, { mesh, config, request, proxy }: Steps): Partial<Explanation> {
  const answer = answerOf(route, request);
  const shares = clusterShares(objectAt(route, 'route') ?? {});
  const identity = identityOf(proxy, mesh);
  const caller = { request, ...(identity !== undefined && { identity }) };
  return {
    ...routeFacts(route),
    ...(answer && { answer }),
    destinations: shares.map((share) => explainDestination({ ...share, mesh, config, caller })),
  };
}

function isTunnelRoute(route: JsonObject): boolean {
  return objectAt(route, 'match', 'connect_matcher') !== undefined;
}

function named(route: JsonObject): { name: string; origin?: string } {
  const origin = originOf(route);
  return { name: textAt(route, 'name') ?? '', ...(origin && { origin }) };
}

function texts(conditions: readonly Condition[]): readonly string[] {
  return conditions.map(({ text }) => text);
}

function describeListener(listener: JsonObject): NonNullable<Explanation['listener']> {
  return { name: textAt(listener, 'name') ?? '', address: `127.0.0.1:${boundPort(listener)}` };
}

function identityOf(proxy: MeshProxy, { trustDomain }: Mesh): string | undefined {
  if (proxy.role === 'kube-proxy') return undefined;
  const { namespace, serviceAccount } = proxy.role === 'sidecar' ? proxy.pod : proxy.gateway;
  return spiffeId(trustDomain, namespace, serviceAccount);
}

function proxyName(proxy: MeshProxy): string {
  switch (proxy.role) {
    case 'sidecar':
      return `sidecar ${proxy.pod.name}.${proxy.pod.namespace}`;
    case 'gateway':
      return `gateway ${proxy.gateway.name}.${proxy.gateway.namespace}`;
    case 'kube-proxy':
      return 'kube-proxy';
  }
}
