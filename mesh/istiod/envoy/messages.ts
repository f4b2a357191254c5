import type { Messages } from '#mesh/istiod/envoy/generated/messages.ts';
import type { Any } from '#mesh/istiod/envoy/json.ts';

/**
 * A google.protobuf.Any in JSON form; `type` is the message's full name without the `type.googleapis.com/` before it. A field that
 * the message does not have is an error.
 */
export function typed<Type extends keyof Messages>(type: Type, fields?: Messages[Type]): Any {
  return { '@type': `type.googleapis.com/${type}`, ...fields };
}

export type AccessLog = Messages['envoy.config.accesslog.v3.AccessLog'];
export type AccessLogFilter = Messages['envoy.config.accesslog.v3.AccessLogFilter'];
export type Address = Messages['envoy.config.core.v3.Address'];
export type ApiConfigSource = Messages['envoy.config.core.v3.ApiConfigSource'];
export type Bootstrap = Messages['envoy.config.bootstrap.v3.Bootstrap'];
export type CidrRange = Messages['envoy.config.core.v3.CidrRange'];
export type CircuitBreakers = Messages['envoy.config.cluster.v3.CircuitBreakers'];
export type Cluster = Messages['envoy.config.cluster.v3.Cluster'];
export type CommonTlsContext = Messages['envoy.extensions.transport_sockets.tls.v3.CommonTlsContext'];
export type ConfigSource = Messages['envoy.config.core.v3.ConfigSource'];
export type Counter = Messages['envoy.extensions.access_loggers.stats.v3.Config.Counter'];
export type CustomTag = Messages['envoy.type.tracing.v3.CustomTag'];
export type DataSource = Messages['envoy.config.core.v3.DataSource'];
export type DirectResponse = Messages['envoy.config.route.v3.DirectResponseAction'];
export type Extension = Messages['envoy.config.core.v3.TypedExtensionConfig'];
export type FilterChain = Messages['envoy.config.listener.v3.FilterChain'];
export type FilterChainMatch = Messages['envoy.config.listener.v3.FilterChainMatch'];
export type HashPolicy = Messages['envoy.config.route.v3.RouteAction.HashPolicy'];
export type HeaderMatcher = Messages['envoy.config.route.v3.HeaderMatcher'];
export type HeaderValueOption = Messages['envoy.config.core.v3.HeaderValueOption'];
export type Histogram = Messages['envoy.extensions.access_loggers.stats.v3.Config.Histogram'];
export type HttpConnectionManager =
  Messages['envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'];
export type HttpFilter = Messages['envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter'];
export type Http2ProtocolOptions = Messages['envoy.config.core.v3.Http2ProtocolOptions'];
export type HttpProtocolOptions = Messages['envoy.config.core.v3.HttpProtocolOptions'];
export type JwtProvider = Messages['envoy.extensions.filters.http.jwt_authn.v3.JwtProvider'];
export type JwtRequirement = Messages['envoy.extensions.filters.http.jwt_authn.v3.JwtRequirement'];
export type LbEndpoint = Messages['envoy.config.endpoint.v3.LbEndpoint'];
export type Listener = Messages['envoy.config.listener.v3.Listener'];
export type ListenerFilter = Messages['envoy.config.listener.v3.ListenerFilter'];
export type LoadAssignment = Messages['envoy.config.endpoint.v3.ClusterLoadAssignment'];
export type Metadata = Messages['envoy.config.core.v3.Metadata'];
export type MetadataMatcher = Messages['envoy.type.matcher.v3.MetadataMatcher'];
export type MirrorPolicy = Messages['envoy.config.route.v3.RouteAction.RequestMirrorPolicy'];
export type NetworkFilter = Messages['envoy.config.listener.v3.Filter'];
export type OutlierDetection = Messages['envoy.config.cluster.v3.OutlierDetection'];
export type OverloadManager = Messages['envoy.config.overload.v3.OverloadManager'];
export type Permission = Messages['envoy.config.rbac.v3.Permission'];
export type Policy = Messages['envoy.config.rbac.v3.Policy'];
export type Principal = Messages['envoy.config.rbac.v3.Principal'];
export type RedirectAction = Messages['envoy.config.route.v3.RedirectAction'];
export type RetryPolicy = Messages['envoy.config.route.v3.RetryPolicy'];
export type Route = Messages['envoy.config.route.v3.Route'];
export type RouteAction = Messages['envoy.config.route.v3.RouteAction'];
export type RouteConfiguration = Messages['envoy.config.route.v3.RouteConfiguration'];
export type RouteMatch = Messages['envoy.config.route.v3.RouteMatch'];
export type RouteTracing = Messages['envoy.config.route.v3.Tracing'];
export type SdsSecretConfig = Messages['envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig'];
export type Secret = Messages['envoy.extensions.transport_sockets.tls.v3.Secret'];
export type StatTag = Messages['envoy.extensions.access_loggers.stats.v3.Config.Tag'];
export type StatsConfig = Messages['envoy.config.metrics.v3.StatsConfig'];
export type StringMatcher = Messages['envoy.type.matcher.v3.StringMatcher'];
export type SubjectAltNameMatcher =
  Messages['envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher'];
export type TcpProxy = Messages['envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy'];
export type Tracer = Messages['envoy.config.trace.v3.Tracing.Http'];
export type Tracing =
  Messages['envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.Tracing'];
export type TransportSocket = Messages['envoy.config.core.v3.TransportSocket'];
export type TransportSocketMatch = Messages['envoy.config.cluster.v3.Cluster.TransportSocketMatch'];
export type UpstreamHttpProtocolOptions = Messages['envoy.config.core.v3.UpstreamHttpProtocolOptions'];
export type UpstreamHttpOptions = Messages['envoy.extensions.upstreams.http.v3.HttpProtocolOptions'];
export type RetryBudget = Messages['envoy.config.cluster.v3.CircuitBreakers.Thresholds.RetryBudget'];
export type SlowStart = Messages['envoy.config.cluster.v3.Cluster.SlowStartConfig'];
export type ValueMatcher = Messages['envoy.type.matcher.v3.ValueMatcher'];
export type VirtualHost = Messages['envoy.config.route.v3.VirtualHost'];
export type WeightedCluster = Messages['envoy.config.route.v3.WeightedCluster.ClusterWeight'];
export type FaultAbort = Messages['envoy.extensions.filters.http.fault.v3.FaultAbort'];
export type HttpRbac = Messages['envoy.extensions.filters.http.rbac.v3.RBAC'];
export type StatFields = Pick<Counter, 'stat' | 'value_fixed' | 'value_format'> & Pick<Histogram, 'unit'>;
export type HeaderFields = Pick<
  Route,
  | 'request_headers_to_add'
  | 'request_headers_to_remove'
  | 'response_headers_to_add'
  | 'response_headers_to_remove'
>;
export type DnsCache = Messages['envoy.extensions.common.dynamic_forward_proxy.v3.DnsCacheConfig'];
export type FractionalPercent = Messages['envoy.type.v3.FractionalPercent'];
