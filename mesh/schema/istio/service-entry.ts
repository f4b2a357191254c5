import { z } from 'zod';
import { fields } from '#mesh/schema/fields.ts';
import { networkingVersion, writtenByIstio } from '#mesh/schema/istio/api-version.ts';
import { metadata } from '#mesh/schema/metadata.ts';
import { labels, port, strings, uint32 } from '#mesh/schema/scalars.ts';

const servicePort = fields({
  supported: {
    number: port,
    name: z.string().min(1),
    protocol: z.string().default('TCP'),
    targetPort: port.exactOptional(),
  },
});

const oneNetwork = 'the laptop is one network and one place';

const endpoint = fields({
  supported: {
    address: z.string().default(''),
    ports: z.record(z.string(), port).default({}),
    labels,
    weight: uint32.exactOptional(),
  },
  harmless: { network: oneNetwork, locality: oneNetwork },
  unsupported: { serviceAccount: 'the identity of the endpoint is not checked' },
  shapes: { serviceAccount: z.string() },
});

const spec = fields({
  supported: {
    hosts: z.array(z.string()).min(1),
    ports: z.array(servicePort).default([]),
    location: z.enum(['MESH_EXTERNAL', 'MESH_INTERNAL']).default('MESH_EXTERNAL'),
    resolution: z.enum(['NONE', 'STATIC', 'DNS', 'DNS_ROUND_ROBIN', 'DYNAMIC_DNS']).default('NONE'),
    endpoints: z.array(endpoint).default([]),
  },
  harmless: { addresses: 'HTTP is told apart by its host name; there are no addresses to capture' },
  unsupported: {
    workloadSelector: 'pods do not become endpoints of the entry; use a Service',
    exportTo: 'the entry is visible in every namespace',
    subjectAltNames: "the server's names are not checked; set them in a DestinationRule's tls",
  },
  shapes: {
    workloadSelector: z.strictObject({ labels }),
    addresses: strings,
    exportTo: strings,
    subjectAltNames: strings,
  },
});

/** https://istio.io/latest/docs/reference/config/networking/service-entry/ */
export const serviceEntry = fields({
  supported: { apiVersion: networkingVersion, kind: z.literal('ServiceEntry'), metadata, spec },
  harmless: writtenByIstio,
});
