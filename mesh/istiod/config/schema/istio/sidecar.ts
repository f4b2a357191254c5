import { z } from 'zod';
import { fields, labels } from '#mesh/istiod/config/schema/fields.ts';
import { networkingVersion, writtenByIstio } from '#mesh/istiod/config/schema/istio/api-version.ts';
import { metadata } from '#mesh/istiod/config/schema/metadata.ts';

const listenerPort = fields({
  supported: {
    /** 0: of a listener at a Unix socket. */
    number: z.int().min(0).max(65_535).default(0),
    protocol: z.string().default(''),
  },
  harmless: {
    name: 'names of ports are for readers',
    targetPort: 'Istio ignores it on a Sidecar as well',
  },
});

const loopback = 'everything is bound to 127.0.0.1, at ports that the laptop chooses';
const captured = 'programs reach their sidecar by variables, whatever the mode';

const egress = fields({
  supported: {
    /** Absent: every port that no other listener has. */
    port: listenerPort.exactOptional(),
    /** `namespace/host`; the namespace may be `*`, `.` or `~`. */
    hosts: z.array(z.string()),
  },
  unsupported: { bind: loopback },
  harmless: { captureMode: captured },
});

const ingress = fields({
  supported: {
    port: listenerPort,
    /** `127.0.0.1:8080`; absent: the port itself. */
    defaultEndpoint: z.string().default(''),
  },
  unsupported: {
    bind: loopback,
    connectionPool: 'connections to the program are not limited',
    tls: 'the sidecar ends no TLS but that of the mesh',
  },
  harmless: { captureMode: captured },
});

const spec = fields({
  supported: {
    /** Absent: every workload of the namespace that no other Sidecar selects. */
    workloadSelector: z.object({ labels }).exactOptional(),
    /** Empty: everything that is exported to the namespace. */
    egress: z.array(egress).default([]),
    /** Empty: every port of the pod. */
    ingress: z.array(ingress).default([]),
    outboundTrafficPolicy: fields({
      supported: { mode: z.enum(['REGISTRY_ONLY', 'ALLOW_ANY']).default('REGISTRY_ONLY') },
      unsupported: { egressProxy: 'requests to unknown hosts go straight there' },
    }).exactOptional(),
  },
  unsupported: { inboundConnectionPool: 'connections to the program are not limited' },
});

/** https://istio.io/latest/docs/reference/config/networking/sidecar/ */
export const sidecar = fields({
  supported: { apiVersion: networkingVersion, kind: z.literal('Sidecar'), metadata, spec },
  harmless: writtenByIstio,
});
