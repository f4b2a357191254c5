import { z } from 'zod';
import { fields, port, portOrName, strings } from '#mesh/istiod/config/schema/fields.ts';

const keyRef = z.object({ name: z.string(), key: z.string(), optional: z.boolean().default(false) });
const sourceRef = z.object({ name: z.string(), optional: z.boolean().default(false) });

export const fieldRef = z.object({ apiVersion: z.string().optional(), fieldPath: z.string() });

const quantity = z.union([z.string(), z.number()]);

export const resourceFieldRef = z.object({
  resource: z.string(),
  containerName: z.string().exactOptional(),
  divisor: quantity.default('1'),
});

export type ResourceFieldRef = z.infer<typeof resourceFieldRef>;

const valueFrom = fields({
  supported: {
    configMapKeyRef: keyRef.exactOptional(),
    secretKeyRef: keyRef.exactOptional(),
    fieldRef: fieldRef.exactOptional(),
    resourceFieldRef: resourceFieldRef.exactOptional(),
  },
  unsupported: {
    fileKeyRef: 'volumes are not mounted, so the variable stays unset',
  },
});

/** One variable: a literal with `$(OTHER)` references, or the place that its value comes from. */
const envVar = fields({
  supported: {
    name: z.string().min(1),
    value: z.string().exactOptional(),
    valueFrom: valueFrom.exactOptional(),
  },
});

/** All keys of a ConfigMap or Secret as variables. */
const envFrom = fields({
  supported: {
    prefix: z.string().default(''),
    configMapRef: sourceRef.exactOptional(),
    secretRef: sourceRef.exactOptional(),
  },
});

export type EnvVar = z.infer<typeof envVar>;
export type EnvFrom = z.infer<typeof envFrom>;

/** Of a probe or a hook. */
const httpGet = fields({
  supported: {
    path: z.string().default('/'),
    port: portOrName,
    scheme: z.enum(['HTTP', 'HTTPS']).default('HTTP'),
    httpHeaders: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
  },
  unsupported: { host: 'the probe goes to the pod itself' },
});

const tcpSocket = fields({
  supported: { port: portOrName },
  unsupported: { host: 'the probe goes to the pod itself' },
});

const exec = z.object({ command: strings });

/** A probe with the defaults of https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/. */
const grpcProbe = z.object({ port, service: z.string().default('') });

export const probe = fields({
  supported: {
    httpGet: httpGet.exactOptional(),
    tcpSocket: tcpSocket.exactOptional(),
    grpc: grpcProbe.exactOptional(),
    exec: exec.exactOptional(),
    initialDelaySeconds: z.int().min(0).default(0),
    periodSeconds: z.int().min(1).default(10),
    timeoutSeconds: z.int().min(1).default(1),
    successThreshold: z.int().min(1).default(1),
    failureThreshold: z.int().min(1).default(3),
  },
  harmless: { terminationGracePeriodSeconds: "the pod's own grace period is used" },
});

export type Probe = z.infer<typeof probe>;

const noTcp = 'Kubernetes itself never carried it out';

const handler = fields({
  supported: {
    exec: exec.exactOptional(),
    httpGet: httpGet.exactOptional(),
    sleep: z.object({ seconds: z.int().min(0) }).exactOptional(),
  },
  unsupported: { tcpSocket: noTcp },
});

/** https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/ */
const lifecycle = fields({
  supported: {
    preStop: handler.exactOptional(),
    postStart: handler.exactOptional(),
    stopSignal: z.string().exactOptional(),
  },
});

export type Lifecycle = z.infer<typeof lifecycle>;

/** Service ports and container ports of other protocols are accepted and left alone. */
export const onlyTcp = { UDP: 'only TCP is proxied', SCTP: 'only TCP is proxied' };

const containerPort = fields({
  supported: {
    containerPort: port,
    name: z.string().max(15).exactOptional(),
    protocol: z.enum(['TCP', 'UDP', 'SCTP']).default('TCP'),
  },
  unsupportedValues: { protocol: onlyTcp },
  unsupported: {
    hostPort: 'the laptop chooses a free local port',
    hostIP: 'every port is bound to 127.0.0.1',
  },
});

const volumeMount = z.object({
  name: z.string(),
  mountPath: z.string(),
  mountPropagation: z.string().optional(),
  readOnly: z.boolean().optional(),
  recursiveReadOnly: z.string().optional(),
  subPath: z.string().optional(),
  subPathExpr: z.string().optional(),
});

/** An init container with `Always` is a sidecar: it goes on running beside the containers. */
const restartPolicy = z.enum(['Always', 'OnFailure', 'Never']).exactOptional();
const oneProgram = 'a process on the laptop has the terminal and log of the mesh';

const shared = {
  supported: {
    name: z.string().min(1),
    image: z.string().default(''),
    command: strings,
    args: strings,
    env: z.array(envVar).default([]),
    envFrom: z.array(envFrom).default([]),
    ports: z.array(containerPort).default([]),
    volumeMounts: z.array(volumeMount).default([]),
    readinessProbe: probe.exactOptional(),
    livenessProbe: probe.exactOptional(),
    startupProbe: probe.exactOptional(),
    lifecycle: lifecycle.exactOptional(),
    // Nothing limits a process; yet variables and files may tell of limits.
    resources: fields({
      supported: {
        limits: z.record(z.string(), quantity).default({}),
        requests: z.record(z.string(), quantity).default({}),
      },
      unsupported: { claims: 'there are no devices to claim' },
    }).default({ limits: {}, requests: {} }),
    stdin: z.boolean().default(false),
    stdinOnce: z.boolean().default(false),
    tty: z.boolean().default(false),
  },
  harmless: {
    imagePullPolicy: 'images are not pulled: a local program plays them',
    resizePolicy: 'nothing limits a process',
    restartPolicyRules: 'every program is restarted when it ends',
    securityContext: 'the process runs as you do',
    terminationMessagePath: oneProgram,
    terminationMessagePolicy: oneProgram,
  },
  unsupported: {
    volumeDevices: 'there are no block devices',
    workingDir: 'the program starts in its own folder',
  },
};

/** A container, which on the laptop is a process. */
export const container = fields({
  ...shared,
  harmless: { ...shared.harmless, restartPolicy: "the pod's own decides" },
});

export const initContainer = fields({ ...shared, supported: { ...shared.supported, restartPolicy } });
export type InitContainer = z.infer<typeof initContainer>;

export type Container = z.infer<typeof container>;
