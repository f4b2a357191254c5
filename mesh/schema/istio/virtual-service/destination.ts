import { z } from 'zod';
import { headerOperations } from '#mesh/schema/istio/virtual-service/header-operations.ts';
import { int32, percent, port } from '#mesh/schema/scalars.ts';

export const destination = z.strictObject({
  host: z.string().min(1),
  subset: z.string().exactOptional(),
  port: z.strictObject({ number: port.exactOptional() }).exactOptional(),
});

export const httpRouteDestination = z.strictObject({
  destination,
  weight: int32.min(0).exactOptional(),
  headers: headerOperations.exactOptional(),
});

/** For TCP and TLS routes, which know no headers. */
export const routeDestination = z.strictObject({ destination, weight: int32.min(0).exactOptional() });

export const mirrorPolicy = z.strictObject({ destination, percentage: percent.exactOptional() });

export type Destination = z.infer<typeof destination>;
export type HttpRouteDestination = z.infer<typeof httpRouteDestination>;
