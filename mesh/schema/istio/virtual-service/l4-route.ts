import { z } from 'zod';
import { fields } from '#mesh/schema/fields.ts';
import { routeDestination } from '#mesh/schema/istio/virtual-service/destination.ts';
import { labels, port, strings } from '#mesh/schema/scalars.ts';

const conditions = {
  port: port.exactOptional(),
  sourceLabels: labels,
  sourceNamespace: z.string().exactOptional(),
  gateways: strings,
};

const everyAddress = 'the laptop has one address, so connections to and from all addresses match';

/** One rule of a VirtualService's `tcp`: whole connections, told apart by their port and caller. */
export const tcpRoute = fields({
  supported: {
    match: z
      .array(
        fields({
          supported: conditions,
          unsupported: { destinationSubnets: everyAddress, sourceSubnet: everyAddress },
          shapes: { destinationSubnets: strings, sourceSubnet: z.string() },
        }),
      )
      .default([]),
    route: z.array(routeDestination).default([]),
  },
});

/** One rule of a VirtualService's `tls`: connections whose greeting asks for one of `sniHosts`. */
export const tlsRoute = fields({
  supported: {
    match: z
      .array(
        fields({
          supported: { ...conditions, sniHosts: z.array(z.string()).min(1) },
          unsupported: { destinationSubnets: everyAddress },
          shapes: { destinationSubnets: strings },
        }),
      )
      .min(1),
    route: z.array(routeDestination).default([]),
  },
});
