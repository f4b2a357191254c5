import { z } from 'zod';
import { routeDestination } from '#mesh/schema/istio/virtual-service/destination.ts';
import { labels, port, strings } from '#mesh/schema/scalars.ts';

const layerFourMatch = {
  destinationSubnets: strings,
  port: port.optional(),
  sourceLabels: labels,
  gateways: strings,
  sourceNamespace: z.string().optional(),
};

/** Checked, but not carried out on the laptop yet. */
export const tcpRoute = z.strictObject({
  match: z.array(z.strictObject({ ...layerFourMatch, sourceSubnet: z.string().optional() })).default([]),
  route: z.array(routeDestination).default([]),
});

/** Checked, but not carried out on the laptop yet. */
export const tlsRoute = z.strictObject({
  match: z.array(z.strictObject({ ...layerFourMatch, sniHosts: z.array(z.string()).min(1) })).min(1),
  route: z.array(routeDestination).default([]),
});
