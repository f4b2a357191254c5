import { z } from 'zod';
import { fields } from '#mesh/schema/fields.ts';
import { networkingVersion, writtenByIstio } from '#mesh/schema/istio/api-version.ts';
import { httpRoute } from '#mesh/schema/istio/virtual-service/http-route.ts';
import { tcpRoute, tlsRoute } from '#mesh/schema/istio/virtual-service/l4-route.ts';
import { metadata } from '#mesh/schema/metadata.ts';
import { strings } from '#mesh/schema/scalars.ts';

const spec = fields({
  supported: {
    hosts: strings,
    /** Empty means `mesh`, every sidecar. */
    gateways: strings,
    http: z.array(httpRoute).default([]),
  },
  unsupported: {
    tcp: 'TCP goes to the service as if there were no rule',
    tls: 'TLS goes to the service as if there were no rule',
    exportTo: 'the rules apply in every namespace',
  },
  shapes: { tcp: z.array(tcpRoute), tls: z.array(tlsRoute), exportTo: strings },
});

/** https://istio.io/latest/docs/reference/config/networking/virtual-service/ */
export const virtualService = fields({
  supported: { apiVersion: networkingVersion, kind: z.literal('VirtualService'), metadata, spec },
  harmless: writtenByIstio,
});
