import type { JsonObject } from '#mesh/envoy/config.ts';
import { seconds } from '#mesh/envoy/duration.ts';
import { present, typed } from '#mesh/envoy/json.ts';
import { fractionalPercent } from '#mesh/envoy/percent.ts';
import { grpcStatusCode } from '#mesh/envoy/routes/grpc-status.ts';
import type { Fault } from '#mesh/model/route.ts';

export const FAULT_FILTER = 'envoy.filters.http.fault';

/** A route's own configuration of the fault filter. */
export function faultConfig({ abort, delay }: Fault): JsonObject {
  return typed(
    'envoy.extensions.filters.http.fault.v3.HTTPFault',
    present({
      abort: abort && present({ ...abortStatus(abort), percentage: fractionalPercent(abort.percentage) }),
      delay: delay && {
        fixed_delay: seconds(delay.fixedDelay),
        percentage: fractionalPercent(delay.percentage),
      },
    }),
  );
}

function abortStatus({ httpStatus, grpcStatus }: NonNullable<Fault['abort']>): JsonObject {
  return grpcStatus === undefined
    ? present({ http_status: httpStatus })
    : { grpc_status: grpcStatusCode(grpcStatus) };
}
