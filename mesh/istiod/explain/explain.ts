import type { EnvoyConfig } from '#mesh/istiod/envoy/config.ts';
import type { JsonObject } from '#mesh/istiod/envoy/json.ts';
import { httpsRedirect, ownAnswer } from '#mesh/istiod/explain/answers.ts';
import { configOf } from '#mesh/istiod/explain/config-of.ts';
import { connectionRoute } from '#mesh/istiod/explain/connection.ts';
import { type ClusterShare, clusterShares, explainDestination } from '#mesh/istiod/explain/destinations.ts';
import type { Explanation } from '#mesh/istiod/explain/explanation.ts';
import { boundPort, filterChainFor, listenerFor, routesOf } from '#mesh/istiod/explain/listeners.ts';
import {
  type Condition,
  conditionsOf,
  type MatchedVirtualHost,
  matchVirtualHost,
  requestConditions,
} from '#mesh/istiod/explain/match-route.ts';
import type { Metadata } from '#mesh/istiod/explain/matchers.ts';
import { type Judged, judgeRequest } from '#mesh/istiod/explain/policy-filters.ts';
import { listAt, objectAt, originOf, textAt } from '#mesh/istiod/explain/read.ts';
import { receivedRequest } from '#mesh/istiod/explain/received.ts';
import { authorityOf, normalizedPath, type SimulatedRequest } from '#mesh/istiod/explain/request.ts';
import { routeFacts } from '#mesh/istiod/explain/route-facts.ts';
import type { Mesh, Proxy as MeshProxy } from '#mesh/istiod/model/mesh.ts';
import { spiffeId } from '#mesh/istiod/model/workload-identity.ts';
import { ownValue } from '#mesh/own-value.ts';

export interface ExplainOptions {
  readonly mesh: Mesh;
  /** Where the request enters the mesh: the caller's sidecar, kube-proxy, or a gateway. */
  readonly proxy: MeshProxy;
  readonly request: SimulatedRequest;
  /** The caller's, when its proxy is kube-proxy. */
  readonly namespace?: string;
  /** The SPIFFE URI that the caller shows; its proxy's own, when it is absent. */
  readonly identity?: string;
  /** Milliseconds, by default the present: tokens end. */
  readonly now?: number;
}

/** The way that a request would take, read from the very configuration that the Envoys get. */
export function explain(options: ExplainOptions): Explanation {
  const { mesh, proxy, now = Date.now() } = options;
  const request = { ...options.request, path: normalizedPath(options.request.path) };
  const config = configOf(mesh, proxy);
  const start: Explanation = { proxy: proxyName(proxy), skipped: [], mirrors: [], destinations: [] };
  const listener = listenerFor(config, options);
  if (!listener) {
    return { ...start, answer: { status: 0, why: `nothing listens on port ${request.port}` } };
  }
  const heard = { ...start, listener: describeListener(listener) };
  const serverName = request.serverName ?? request.host;
  const chain = filterChainFor(listener, serverName);
  const entry = { ...options, request, now, config, metadata: {} };
  const connection = chain && connectionRoute(chain);
  if (connection) {
    return { ...heard, route: connection.route, destinations: destinationsOf(connection.action, entry) };
  }
  const routes = chain && routesOf(chain, config);
  if (!routes) {
    return { ...heard, answer: { status: 0, why: `no certificate for the server name ${serverName}` } };
  }
  const judged = proxy.role === 'gateway' ? atGateway(listener, entry) : { request, metadata: {} };
  const { verdict } = judged;
  const entered = { ...heard, ...(verdict && { policy: verdict }) };
  if (verdict && !verdict.allowed) {
    const { tokenStatus, why } = verdict;
    const answer = tokenStatus
      ? { status: tokenStatus, why }
      : { status: 403, why: `RBAC: access denied, ${why}` };
    return { ...entered, answer };
  }
  const matched = matchVirtualHost(routes, authorityOf(request));
  const steps = { ...entry, request: judged.request, metadata: judged.metadata };
  return matched
    ? { ...entered, ...virtualHostSteps(matched, { ...steps, virtualHost: matched.virtualHost }) }
    : { ...entered, answer: { status: 404, why: `no host here is called ${authorityOf(request)}` } };
}

/** What the gateway's own policies make of a request; callers from outside show no identity of the mesh. */
function atGateway(listener: JsonObject, { mesh, proxy, request, config, now }: Entry): Judged {
  const name = proxy.role === 'gateway' ? `${proxy.gateway.name}.${proxy.gateway.namespace}` : '';
  const { serverName, scheme, host } = request;
  const visit = {
    ...{ request, port: boundPort(listener) ?? 0, isEdge: true },
    ...(scheme === 'https' && { serverName: serverName ?? host }),
  };
  return judgeRequest(config, { visit, policies: ownValue(mesh.policies ?? {}, name), now });
}

interface Entry extends ExplainOptions {
  readonly config: EnvoyConfig;
  readonly now: number;
  /** What filters have left for routes. */
  readonly metadata: Metadata;
}

interface Steps extends Entry {
  readonly virtualHost: JsonObject;
}

function virtualHostSteps({ virtualHost, domain }: MatchedVirtualHost, steps: Steps): Partial<Explanation> {
  const found = { virtualHost: { name: textAt(virtualHost, 'name') ?? '', domain } };
  const { request } = steps;
  if (virtualHost['require_tls'] === 'ALL' && request.scheme === 'http') {
    return { ...found, answer: httpsRedirect(request) };
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
function routeConditions(route: JsonObject, { proxy, request, metadata }: Steps): readonly Condition[] {
  return proxy.role === 'gateway'
    ? requestConditions(objectAt(route, 'match') ?? {}, request, metadata)
    : conditionsOf(route, request);
}

function actionSteps(route: JsonObject, steps: Steps): Partial<Explanation> {
  const { request, virtualHost } = steps;
  const answer = ownAnswer(route, request);
  const action = objectAt(route, 'route') ?? {};
  // The inside of a tunnel stays as it is.
  const isTunnel = isTunnelRoute(route);
  const arriving = ({ cluster }: ClusterShare) => {
    const weighted = listAt(action, 'weighted_clusters', 'clusters');
    const share = weighted.find((entry) => textAt(entry, 'name') === cluster);
    const { path, host, headers } = receivedRequest({ request, virtualHost, route, share });
    return { ...request, path, headers, authority: host };
  };
  return {
    ...routeFacts(route, request),
    ...(answer && { answer }),
    destinations: destinationsOf(action, steps, isTunnel ? undefined : arriving),
  };
}

/** The policies at the other end see the request as it arrives. */
function destinationsOf(
  action: JsonObject,
  { mesh, config, proxy, request, now, ...options }: Entry,
  arriving?: (share: ClusterShare) => SimulatedRequest,
): Explanation['destinations'] {
  const identity = options.identity ?? identityOf(proxy, mesh);
  return clusterShares(action).map((share) => {
    const arrives = arriving?.(share) ?? request;
    const caller = { request: arrives, now, ...(identity !== undefined && { identity }) };
    const { received, ...explained } = explainDestination({
      ...{ ...share, mesh, config, caller },
      ...unknownStatus(action),
    });
    return arriving && received ? { ...explained, received } : explained;
  });
}

/** Gateway API answers with 500 where a backend may not be used. */
function unknownStatus(action: JsonObject): { readonly unknownStatus?: number } {
  const isError = action['cluster_not_found_response_code'] === 'INTERNAL_SERVER_ERROR';
  return isError ? { unknownStatus: 500 } : {};
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
  const address = textAt(listener, 'address', 'socket_address', 'address') ?? '127.0.0.1';
  return { name: textAt(listener, 'name') ?? '', address: `${address}:${boundPort(listener)}` };
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
