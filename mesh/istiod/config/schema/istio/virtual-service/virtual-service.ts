import { z } from 'zod';
import { fields, labels, port, strings } from '#mesh/istiod/config/schema/fields.ts';
import { networkingVersion, writtenByIstio } from '#mesh/istiod/config/schema/istio/api-version.ts';
import { httpRoute, routeDestination } from '#mesh/istiod/config/schema/istio/virtual-service/http-route.ts';
import { metadata } from '#mesh/istiod/config/schema/metadata.ts';

const conditions = {
  port: port.exactOptional(),
  sourceLabels: labels,
  sourceNamespace: z.string().exactOptional(),
  gateways: strings,
  /** Of the address that stands for the service. */
  destinationSubnets: strings,
};

/** One rule of a VirtualService's `tcp`: whole connections, told apart by their port and caller. */
const tcpRoute = fields({
  supported: {
    match: z
      .array(
        fields({
          supported: conditions,
          harmless: { sourceSubnet: 'Istio does not read it either' },
        }),
      )
      .default([]),
    route: z.array(routeDestination).default([]),
  },
});

/** One rule of a VirtualService's `tls`: connections whose greeting asks for one of `sniHosts`. */
const tlsRoute = fields({
  supported: {
    match: z.array(fields({ supported: { ...conditions, sniHosts: z.array(z.string()).min(1) } })).min(1),
    route: z.array(routeDestination).default([]),
  },
});

const spec = fields({
  supported: {
    hosts: strings,
    /** Empty means `mesh`, every sidecar. */
    gateways: strings,
    http: z.array(httpRoute).default([]),
    tcp: z.array(tcpRoute).default([]),
    tls: z.array(tlsRoute).default([]),
    /** Empty: every namespace. */
    exportTo: strings,
  },
});

/** https://istio.io/latest/docs/reference/config/networking/virtual-service/ */
export const virtualService = fields({
  supported: { apiVersion: networkingVersion, kind: z.literal('VirtualService'), metadata, spec },
  harmless: writtenByIstio,
});
