import { VERSION_HOST } from '#mesh/envoy/acknowledgement.ts';
import type { JsonObject } from '#mesh/envoy/config.ts';
import { typed } from '#mesh/envoy/json.ts';

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

export const accessLog: readonly JsonObject[] = [STDOUT];

/** Without the runner's own questions for the version of the routes, which would hide the users' requests. */
export const requestLog: readonly JsonObject[] = [
  {
    ...STDOUT,
    filter: {
      header_filter: {
        header: {
          name: ':authority',
          string_match: { prefix: VERSION_HOST },
          invert_match: true,
          treat_missing_header_as_empty: true,
        },
      },
    },
  },
];

/** For listeners: connections that no filter chain takes, such as plain text where mutual TLS is demanded. */
export const refusedConnectionLog: readonly JsonObject[] = [
  { ...STDOUT, filter: { response_flag_filter: { flags: ['NR'] } } },
];
