import { z } from 'zod';
import { fields } from '#mesh/schema/fields.ts';
import { envFrom, envVar } from '#mesh/schema/kubernetes/environment.ts';
import { lifecycle } from '#mesh/schema/kubernetes/lifecycle.ts';
import { probe } from '#mesh/schema/kubernetes/probe.ts';
import { containerSecurityContext } from '#mesh/schema/kubernetes/security-context.ts';
import { port, quantity, strings } from '#mesh/schema/scalars.ts';

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

const quantities = z.record(z.string(), quantity).optional();

/** Checked for spelling only: nothing limits a process on the laptop. */
export const resources = z.strictObject({
  limits: quantities,
  requests: quantities,
  claims: z.array(z.strictObject({ name: z.string(), request: z.string().optional() })).optional(),
});

const volumeMount = z.strictObject({
  name: z.string(),
  mountPath: z.string(),
  mountPropagation: z.string().optional(),
  readOnly: z.boolean().optional(),
  recursiveReadOnly: z.string().optional(),
  subPath: z.string().optional(),
  subPathExpr: z.string().optional(),
});

const oneProgram = 'a process on the laptop has the terminal and log of the mesh';

/** A container, which on the laptop is a process. */
export const container = fields({
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
  },
  harmless: {
    imagePullPolicy: 'images are not pulled: a local program plays them',
    resizePolicy: 'nothing limits a process',
    resources: 'nothing limits a process',
    restartPolicy: 'every program is restarted when it ends',
    restartPolicyRules: 'every program is restarted when it ends',
    securityContext: 'the process runs as you do',
    stdin: oneProgram,
    stdinOnce: oneProgram,
    terminationMessagePath: oneProgram,
    terminationMessagePolicy: oneProgram,
    tty: oneProgram,
  },
  unsupported: {
    volumeDevices: 'there are no block devices',
    workingDir: 'the program starts in its own folder',
  },
  shapes: {
    resources,
    securityContext: containerSecurityContext,
    workingDir: z.string(),
  },
});

export type Container = z.infer<typeof container>;
