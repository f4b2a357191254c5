import { z } from 'zod';
import { fields, labels, port, strings, uint32 } from '#mesh/istiod/config/schema/fields.ts';
import { networkingVersion, writtenByIstio } from '#mesh/istiod/config/schema/istio/api-version.ts';
import { metadata } from '#mesh/istiod/config/schema/metadata.ts';

const servicePort = fields({
  supported: {
    number: port,
    name: z.string().min(1),
    protocol: z.string().default('TCP'),
    targetPort: port.exactOptional(),
  },
});

const oneNetwork = 'the laptop is one network and one place';

/** An endpoint, or the `spec` of a WorkloadEntry. */
const endpoint = fields({
  supported: {
    address: z.string().default(''),
    ports: z.record(z.string(), port).default({}),
    /** `security.istio.io/tlsMode: istio`: a sidecar is in front of it. */
    labels,
    weight: uint32.exactOptional(),
    /** Of its certificate, in the namespace of the object. */
    serviceAccount: z.string().exactOptional(),
  },
  harmless: { network: oneNetwork, locality: oneNetwork },
});

const spec = fields({
  supported: {
    hosts: z.array(z.string()).min(1),
    ports: z.array(servicePort).default([]),
    location: z.enum(['MESH_EXTERNAL', 'MESH_INTERNAL']).default('MESH_EXTERNAL'),
    resolution: z.enum(['NONE', 'STATIC', 'DNS', 'DNS_ROUND_ROBIN', 'DYNAMIC_DNS']).default('NONE'),
    endpoints: z.array(endpoint).default([]),
    /** Those without range are names as the hosts are. */
    addresses: strings,
    /** Empty: every namespace. */
    exportTo: strings,
    subjectAltNames: strings,
    /** The pods and WorkloadEntries of the entry's namespace that are its endpoints. */
    workloadSelector: z.object({ labels }).exactOptional(),
  },
});

/** https://istio.io/latest/docs/reference/config/networking/service-entry/ */
export const serviceEntry = fields({
  supported: { apiVersion: networkingVersion, kind: z.literal('ServiceEntry'), metadata, spec },
  harmless: writtenByIstio,
});

/** https://istio.io/latest/docs/reference/config/networking/workload-entry/ */
export const workloadEntry = fields({
  supported: { apiVersion: networkingVersion, kind: z.literal('WorkloadEntry'), metadata, spec: endpoint },
  harmless: writtenByIstio,
});
