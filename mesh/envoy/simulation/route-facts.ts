import type { JsonObject } from '#mesh/envoy/config.ts';
import { FAULT_FILTER } from '#mesh/envoy/routes/fault.ts';
import type { Explanation } from '#mesh/envoy/simulation/explanation.ts';
import { at, listAt, numberAt, objectAt, textAt } from '#mesh/envoy/simulation/read.ts';

/** What a matched route does besides choosing clusters. */
export function routeFacts(
  route: JsonObject,
): Pick<Explanation, 'fault' | 'timeout' | 'retries' | 'rewrite' | 'mirrors'> {
  const action = objectAt(route, 'route') ?? {};
  const fault = faultOf(route);
  const retries = retriesOf(action);
  const rewrite = rewriteOf(action);
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

function faultOf(route: JsonObject): Explanation['fault'] {
  const fault = objectAt(route, 'typed_per_filter_config', FAULT_FILTER);
  const abort = objectAt(fault, 'abort');
  const delay = objectAt(fault, 'delay');
  if (!abort && !delay) {
    return undefined;
  }
  const status =
    numberAt(abort, 'http_status')?.toString() ?? `grpc-status ${numberAt(abort, 'grpc_status')}`;
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

function rewriteOf(action: JsonObject): Explanation['rewrite'] {
  const path = textAt(action, 'prefix_rewrite') ?? textAt(action, 'regex_rewrite', 'substitution');
  const authority = textAt(action, 'host_rewrite_literal');
  return path === undefined && authority === undefined
    ? undefined
    : { ...(path !== undefined && { path }), ...(authority !== undefined && { authority }) };
}

function percent(fraction: JsonObject | undefined): number {
  return (numberAt(fraction, 'numerator') ?? 0) / 10_000;
}
