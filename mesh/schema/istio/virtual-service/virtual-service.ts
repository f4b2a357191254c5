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
    tcp: z.array(tcpRoute).default([]),
    tls: z.array(tlsRoute).default([]),
  },
  unsupported: {
    exportTo: 'the rules apply in every namespace',
  },
  shapes: { exportTo: strings },
});

/** https://istio.io/latest/docs/reference/config/networking/virtual-service/ */
export const virtualService = fields({
  supported: { apiVersion: networkingVersion, kind: z.literal('VirtualService'), metadata, spec },
  harmless: writtenByIstio,
});
