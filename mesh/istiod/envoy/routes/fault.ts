import { type Any, fractionalPercent, seconds } from '#mesh/istiod/envoy/json.ts';
import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import { typed } from '#mesh/istiod/envoy/messages.ts';
import type { Fault } from '#mesh/istiod/model/route.ts';

export const FAULT_FILTER = 'envoy.filters.http.fault';

/** A route's own configuration of the fault filter. */
export function faultConfig({ abort, delay }: Fault): Any {
  return typed('envoy.extensions.filters.http.fault.v3.HTTPFault', {
    abort: abort && { ...abortStatus(abort), percentage: fractionalPercent(abort.percentage) },
    delay: delay && {
      fixed_delay: seconds(delay.fixedDelay),
      percentage: fractionalPercent(delay.percentage),
    },
  });
}

function abortStatus({ httpStatus, grpcStatus }: NonNullable<Fault['abort']>): envoy.FaultAbort {
  return grpcStatus === undefined ? { http_status: httpStatus } : { grpc_status: grpcStatusCode(grpcStatus) };
}

/** gRPC's status codes by the names that VirtualServices use (https://grpc.github.io/grpc/core/md_doc_statuscodes.html). */
const NAMES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];

/** The number of a status given by name or number; an unknown name is UNKNOWN. */
export function grpcStatusCode(status: string): number {
  const number = Number(status);
  if (Number.isInteger(number) && NAMES[number]) {
    return number;
  }
  const code = NAMES.indexOf(status.toUpperCase());
  return code < 0 ? NAMES.indexOf('UNKNOWN') : code;
}
