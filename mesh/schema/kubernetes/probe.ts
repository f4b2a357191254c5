import { z } from 'zod';
import { fields } from '#mesh/schema/fields.ts';
import { portOrName, strings } from '#mesh/schema/scalars.ts';

/** Of a probe or a hook. */
export const httpGet = fields({
  supported: {
    path: z.string().default('/'),
    port: portOrName,
    scheme: z.enum(['HTTP', 'HTTPS']).default('HTTP'),
    httpHeaders: z.array(z.strictObject({ name: z.string(), value: z.string() })).default([]),
  },
  unsupported: { host: 'the probe goes to the pod itself' },
});

const tcpSocket = fields({
  supported: { port: portOrName },
  unsupported: { host: 'the probe goes to the pod itself' },
});

export const exec = z.strictObject({ command: strings });

/** A probe with the defaults of https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/. */
export const probe = fields({
  supported: {
    httpGet: httpGet.exactOptional(),
    tcpSocket: tcpSocket.exactOptional(),
    exec: exec.exactOptional(),
    initialDelaySeconds: z.int().min(0).default(0),
    periodSeconds: z.int().min(1).default(10),
    timeoutSeconds: z.int().min(1).default(1),
    successThreshold: z.int().min(1).default(1),
    failureThreshold: z.int().min(1).default(3),
  },
  harmless: { terminationGracePeriodSeconds: "the pod's own grace period is used" },
  unsupported: { grpc: 'gRPC probes are not sent, so the probe counts as passed' },
  shapes: { grpc: z.strictObject({ port: z.int(), service: z.string().optional() }) },
});

export type Probe = z.infer<typeof probe>;
