import type { Messages } from '#mesh/istiod/envoy/generated/messages.ts';
import type { JsonObject } from '#mesh/istiod/envoy/json.ts';
import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import { typed } from '#mesh/istiod/envoy/messages.ts';
import { HTTP_TUNNEL } from '#mesh/istiod/envoy/names.ts';
import { VERSION_HOST } from '#mesh/istiod/envoy/version-host.ts';
import type { AccessLogPolicy } from '#mesh/istiod/model/telemetry.ts';

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

/** The same as members of an object. */
const MEMBERS: JsonObject = Object.fromEntries(
  FIELDS.flatMap((field) => field.match(/%[^%]+%/g) ?? []).map((command) => [memberName(command), command]),
);

/** `%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%` is the path, `%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%` the upstream's service time. */
function memberName(command: string): string {
  const [, header = command] = /\((?:.*\?)?:?(.*)\)/.exec(command) ?? [];
  return header
    .replace(/^X-ENVOY-|^X-(?=REQUEST)|_RAW|%/g, '')
    .replaceAll('-', '_')
    .toLowerCase();
}

/** The stream logger and not a file `/dev/stdout`, which cannot be opened when the runner's pipe is a socket. */
function stdout(policy: AccessLogPolicy): envoy.AccessLog {
  return {
    name: 'envoy.access_loggers.stdout',
    typed_config: typed('envoy.extensions.access_loggers.stream.v3.StdoutAccessLog', {
      log_format: formatOf(policy),
    }),
  };
}

type LogFormat = Messages['envoy.extensions.access_loggers.stream.v3.StdoutAccessLog']['log_format'];

function formatOf({ format, isJson }: AccessLogPolicy): LogFormat {
  if (isJson) return { json_format: membersIn(format) ?? MEMBERS };
  const line = format ?? FIELDS.join(' ');
  return { text_format_source: { inline_string: line.endsWith('\n') ? line : `${line}\n` } };
}

/** Undefined where the text is no object. */
function membersIn(text = ''): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

/** Without the runner's own questions for the version of the routes, which would hide the users' requests. */
const IS_FOR_USERS: envoy.AccessLogFilter = {
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
export const isRequest: readonly envoy.AccessLogFilter[] = [
  IS_FOR_USERS,
  { header_filter: { header: { name: ':method', string_match: { exact: 'CONNECT' }, invert_match: true } } },
];

/** The other CONNECTs: those whose bytes the mesh does not read, which are TCP to it. */
export const isOpaqueTunnel: readonly envoy.AccessLogFilter[] = [
  { header_filter: { header: { name: ':method', string_match: { exact: 'CONNECT' } } } },
  ...expression(`xds.cluster_name != '${HTTP_TUNNEL}'`),
];

/** The log of an HTTP connection manager. */
export function requestLog(policy: AccessLogPolicy): readonly envoy.AccessLog[] {
  const { enabled, filter } = policy;
  return enabled ? [{ ...stdout(policy), filter: allOf([IS_FOR_USERS, ...expression(filter)]) }] : [];
}

/** The log of a TCP proxy; `atEnd` where the proxy tells of opened connections as well. */
export function connectionLog(policy: AccessLogPolicy, { atEnd = false } = {}): readonly envoy.AccessLog[] {
  const { enabled, filter } = policy;
  const end: envoy.AccessLogFilter[] = atEnd ? [{ log_type_filter: { types: ['TcpConnectionEnd'] } }] : [];
  const filters = [...end, ...expression(filter)];
  return enabled ? [{ ...stdout(policy), filter: filters.length > 0 ? allOf(filters) : undefined }] : [];
}

/** For listeners: connections that no filter chain takes, such as plain text where mutual TLS is demanded. */
export function refusedConnectionLog(policy: AccessLogPolicy): readonly envoy.AccessLog[] {
  return policy.enabled ? [{ ...stdout(policy), filter: { response_flag_filter: { flags: ['NR'] } } }] : [];
}

function expression(text: string | undefined): envoy.AccessLogFilter[] {
  if (text === undefined) return [];
  const fields = { expression: text };
  const filter = typed('envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter', fields);
  return [{ extension_filter: { name: 'envoy.access_loggers.extension_filters.cel', typed_config: filter } }];
}

/** Envoy refuses a conjunction of one. */
function allOf(filters: readonly envoy.AccessLogFilter[]): envoy.AccessLogFilter {
  const [only, second] = filters;
  return only && !second ? only : { and_filter: { filters } };
}
