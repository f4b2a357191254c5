import type { JsonObject } from '#mesh/istiod/envoy/json.ts';
import { FAULT_FILTER } from '#mesh/istiod/envoy/routes/fault.ts';
import type { Explanation } from '#mesh/istiod/explain/explanation.ts';
import { at, listAt, numberAt, objectAt, textAt } from '#mesh/istiod/explain/read.ts';
import { rewrittenPath } from '#mesh/istiod/explain/received.ts';
import type { SimulatedRequest } from '#mesh/istiod/explain/request.ts';

/** What a matched route does besides choosing clusters. */
export function routeFacts(
  route: JsonObject,
  request: SimulatedRequest,
): Pick<Explanation, 'fault' | 'timeout' | 'retries' | 'rewrite' | 'mirrors'> {
  const action = objectAt(route, 'route') ?? {};
  const fault = faultOf(route, request);
  const retries = retriesOf(action);
  const rewrite = rewriteOf(route, request);
  const timeout = textAt(action, 'timeout');
  return {
    ...(fault && { fault }),
    ...(timeout !== undefined && { timeout }),
    ...(retries && { retries }),
    ...(rewrite && { rewrite }),
    mirrors: listAt(action, 'request_mirror_policies').map((mirror) => ({
      cluster: textAt(mirror, 'cluster') ?? '',
      percentage: percent(objectAt(mirror, 'runtime_fraction', 'default_value')),
    })),
  };
}

function faultOf(route: JsonObject, { headers }: SimulatedRequest): Explanation['fault'] {
  const fault = objectAt(route, 'typed_per_filter_config', FAULT_FILTER);
  const abort = objectAt(fault, 'abort');
  const delay = objectAt(fault, 'delay');
  if (!abort && !delay) {
    return undefined;
  }
  const code = numberAt(abort, 'http_status');
  // A gRPC call is always told in its own words.
  const isCall = headers['content-type']?.startsWith('application/grpc') === true;
  const status =
    code === undefined || isCall
      ? `grpc-status ${numberAt(abort, 'grpc_status') ?? grpcStatus(code)}`
      : String(code);
  return {
    ...(abort && { abort: { status, percentage: percent(objectAt(abort, 'percentage')) } }),
    ...(delay && {
      delay: {
        duration: textAt(delay, 'fixed_delay') ?? '',
        percentage: percent(objectAt(delay, 'percentage')),
      },
    }),
  };
}

const GRPC_STATUS = new Map<number | undefined, number>([
  [400, 13],
  [401, 16],
  [403, 7],
  [404, 12],
  ...[429, 502, 503, 504].map((code) => [code, 14] as const),
]);

/** What gRPC makes of an HTTP status, by its specification. */
function grpcStatus(code: number | undefined): number {
  return GRPC_STATUS.get(code) ?? 2;
}

function retriesOf(action: JsonObject): Explanation['retries'] {
  const policy = objectAt(action, 'retry_policy');
  const statusCodes = at(policy, 'retriable_status_codes');
  const perTryTimeout = textAt(policy, 'per_try_timeout');
  return (
    policy && {
      attempts: numberAt(policy, 'num_retries') ?? 0,
      on: textAt(policy, 'retry_on') ?? '',
      statusCodes: Array.isArray(statusCodes) ? statusCodes.map(Number) : [],
      ...(perTryTimeout !== undefined && { perTryTimeout }),
    }
  );
}

/** Of a regular expression the path that comes of it: its substitution says little by itself. */
function rewriteOf(route: JsonObject, { path: asked }: SimulatedRequest): Explanation['rewrite'] {
  const action = objectAt(route, 'route') ?? {};
  const path =
    textAt(action, 'prefix_rewrite') ??
    (objectAt(action, 'regex_rewrite') ? rewrittenPath(asked, route) : undefined);
  const authority = textAt(action, 'host_rewrite_literal');
  return path === undefined && authority === undefined
    ? undefined
    : { ...(path !== undefined && { path }), ...(authority !== undefined && { authority }) };
}

function percent(fraction: JsonObject | undefined): number {
  return (numberAt(fraction, 'numerator') ?? 0) / 10_000;
}
