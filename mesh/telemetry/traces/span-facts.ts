import { type Span, serviceOf } from '#mesh/telemetry/traces/span.ts';

/** The names of one fact by Zipkin's custom, by OpenTelemetry's today, and by OpenTelemetry's before 1.20. */
const statusTags = ['http.status_code', 'http.response.status_code'];
const peerTags = [
  'peer.service',
  'upstream_cluster.name',
  'upstream_cluster',
  'server.address',
  'net.peer.name',
];

/** The status of an HTTP exchange, as its tag says it. */
export function statusOf({ tags }: Span): string | undefined {
  return first(tags, statusTags);
}

/** `GET /path?query` of an HTTP exchange, by Zipkin's tags, or by OpenTelemetry's of today and of before 1.20. */
export function questionOf({ tags }: Span): string | undefined {
  const method = first(tags, ['http.method', 'http.request.method']);
  const url = URL.parse(first(tags, ['http.url', 'url.full']) ?? '');
  const path = url ? `${url.pathname}${url.search}` : first(tags, ['http.target', 'url.path', 'http.path']);
  return method !== undefined && path !== undefined ? `${method} ${path}` : undefined;
}

/**
 * The address at which a browser can ask the same again: of a GET through a gateway, whose address is this machine's. Whoever
 * sends spans can write anything into a tag, so only the web's own schemes count.
 */
export function askedAt(span: Span): string | undefined {
  const url = URL.parse(first(span.tags, ['http.url', 'url.full']) ?? '');
  const isOpen = url?.protocol === 'http:' || url?.protocol === 'https:';
  return isOpen && isOfGateway(span) && questionOf(span)?.startsWith('GET ') ? url.href : undefined;
}

/** Whether a gateway's Envoy made it, by the names that Istio gives gateways where no node tells. */
export function isOfGateway(span: Span): boolean {
  const node = span.tags['node_id'];
  if (node !== undefined) return node.startsWith('router~');
  return /^istio-(in|e)gressgateway\b/.test(span.tags['istio.canonical_service'] ?? serviceOf(span));
}

/** The host outside the mesh that an Envoy called. */
export function outsideHostOf({ tags, kind }: Span): string | undefined {
  const host = kind === 'CLIENT' ? tags['upstream_cluster']?.split('|')[3] : undefined;
  return host === undefined || host === '' || host.endsWith('.svc.cluster.local') ? undefined : host;
}

/** Envoy's response flags (`UF`, `URX`, …); it writes `-` for none. */
export function responseFlagsOf({ tags }: Span): string | undefined {
  const flags = tags['response_flags'];
  return flags === '-' || flags === '' ? undefined : flags;
}

/** Whether the operation failed: Zipkin's tag `error` with any value, or OpenTelemetry's status. */
export function isError({ tags }: Span): boolean {
  const { error } = tags;
  return (error !== undefined && error !== 'false') || tags['otel.status_code'] === 'ERROR';
}

/** Whom a client called: the remote service, or what the tags say about it. */
export function peerOf({ tags, remoteEndpoint, name }: Span): string {
  const url = tags['url.full'] ?? tags['http.url'];
  const host = url !== undefined && URL.canParse(url) ? new URL(url).host : undefined;
  return first(tags, peerTags) ?? remoteEndpoint?.serviceName ?? host ?? name ?? '';
}

/** How many tries there were before this one, when the client says so: Envoy's tag, or OpenTelemetry's. */
export function resendsOf({ tags }: Span): number {
  return Number(tags['retry.count'] ?? tags['http.request.resend_count'] ?? 0) || 0;
}

/** The version of the program that made the span, if known. */
export function versionOf({ tags }: Span): string | undefined {
  const version = first(tags, ['istio.canonical_revision', 'service.version']);
  return version === 'latest' ? undefined : version;
}

/** An operation's name without what is the same in all of them, for a line that has little room. */
export function shortName({ name = '' }: Span): string {
  // Envoy names the span of each try `router CLUSTER egress`, and ends the cluster's name with a semicolon.
  return name.replaceAll('.svc.cluster.local', '').replace(/^router (.+?);? egress$/, '→ $1');
}

/** The status and Envoy's flags in a few letters; empty if unknown. */
export function outcomeOf(span: Span): string {
  return [statusOf(span), responseFlagsOf(span)].filter(Boolean).join(' ');
}

function first(tags: Span['tags'], names: readonly string[]): string | undefined {
  const name = names.find((candidate) => tags[candidate] !== undefined);
  return name === undefined ? undefined : tags[name];
}
