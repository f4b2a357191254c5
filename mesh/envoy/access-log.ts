import { VERSION_HOST } from '#mesh/envoy/acknowledgement.ts';
import type { JsonObject } from '#mesh/envoy/config.ts';
import { typed } from '#mesh/envoy/json.ts';
import { HTTP_TUNNEL } from '#mesh/envoy/names.ts';
import type { AccessLogPolicy } from '#mesh/model/telemetry.ts';

/** The fields and order of Istio's default text format (https://istio.io/latest/docs/tasks/observability/logs/access-log/). */
const FIELDS = [
  '[%START_TIME%]',
  '"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%"',
  '%RESPONSE_CODE%',
  '%RESPONSE_FLAGS%',
  '%RESPONSE_CODE_DETAILS%',
  '%CONNECTION_TERMINATION_DETAILS%',
  '"%UPSTREAM_TRANSPORT_FAILURE_REASON%"',
  '%BYTES_RECEIVED%',
  '%BYTES_SENT%',
  '%DURATION%',
  '%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%',
  '"%REQ(X-FORWARDED-FOR)%"',
  '"%REQ(USER-AGENT)%"',
  '"%REQ(X-REQUEST-ID)%"',
  '"%REQ(:AUTHORITY)%"',
  '"%UPSTREAM_HOST%"',
  '%UPSTREAM_CLUSTER_RAW%',
  '%UPSTREAM_LOCAL_ADDRESS%',
  '%DOWNSTREAM_LOCAL_ADDRESS%',
  '%DOWNSTREAM_REMOTE_ADDRESS%',
  '%REQUESTED_SERVER_NAME%',
  '%ROUTE_NAME%',
];

/** The stream logger and not a file `/dev/stdout`, which cannot be opened when the runner's pipe is a socket. */
const STDOUT: JsonObject = {
  name: 'envoy.access_loggers.stdout',
  typed_config: typed('envoy.extensions.access_loggers.stream.v3.StdoutAccessLog', {
    log_format: { text_format_source: { inline_string: `${FIELDS.join(' ')}\n` } },
  }),
};

/** Without the runner's own questions for the version of the routes, which would hide the users' requests. */
const IS_FOR_USERS: JsonObject = {
  header_filter: {
    header: {
      name: ':authority',
      string_match: { prefix: VERSION_HOST },
      invert_match: true,
      treat_missing_header_as_empty: true,
    },
  },
};

/** What metrics count: users' requests, but not the CONNECT around a tunnel whose requests are counted inside it. */
export const isRequest: readonly JsonObject[] = [
  IS_FOR_USERS,
  { header_filter: { header: { name: ':method', string_match: { exact: 'CONNECT' }, invert_match: true } } },
];

/** The other CONNECTs: those whose bytes the mesh does not read, which are TCP to it. */
export const isOpaqueTunnel: readonly JsonObject[] = [
  { header_filter: { header: { name: ':method', string_match: { exact: 'CONNECT' } } } },
  ...expression(`xds.cluster_name != '${HTTP_TUNNEL}'`),
];

/** The log of an HTTP connection manager. */
export function requestLog({ enabled, filter }: AccessLogPolicy): readonly JsonObject[] {
  return enabled ? [{ ...STDOUT, filter: allOf([IS_FOR_USERS, ...expression(filter)]) }] : [];
}

/** The log of a TCP proxy; `atEnd` where the proxy tells of opened connections as well. */
export function connectionLog(
  { enabled, filter }: AccessLogPolicy,
  { atEnd = false } = {},
): readonly JsonObject[] {
  const end = atEnd ? [{ log_type_filter: { types: ['TcpConnectionEnd'] } }] : [];
  const filters = [...end, ...expression(filter)];
  return enabled ? [{ ...STDOUT, ...(filters.length > 0 && { filter: allOf(filters) }) }] : [];
}

/** For listeners: connections that no filter chain takes, such as plain text where mutual TLS is demanded. */
export function refusedConnectionLog({ enabled }: AccessLogPolicy): readonly JsonObject[] {
  return enabled ? [{ ...STDOUT, filter: { response_flag_filter: { flags: ['NR'] } } }] : [];
}

function expression(text: string | undefined): JsonObject[] {
  if (text === undefined) return [];
  const fields = { expression: text };
  const filter = typed('envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter', fields);
  return [{ extension_filter: { name: 'envoy.access_loggers.extension_filters.cel', typed_config: filter } }];
}

/** Envoy refuses a conjunction of one. */
function allOf(filters: readonly JsonObject[]): JsonObject {
  const [only, second] = filters;
  return only && !second ? only : { and_filter: { filters } };
}
