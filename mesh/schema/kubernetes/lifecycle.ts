import { z } from 'zod';
import { fields } from '#mesh/schema/fields.ts';
import { exec, httpGet } from '#mesh/schema/kubernetes/probe.ts';

const noTcp = 'Kubernetes itself never carried it out';

const handler = fields({
  supported: {
    exec: exec.exactOptional(),
    httpGet: httpGet.exactOptional(),
    sleep: z.strictObject({ seconds: z.int().min(0) }).exactOptional(),
  },
  unsupported: { tcpSocket: noTcp },
});

/** https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/ */
export const lifecycle = fields({
  supported: { preStop: handler.exactOptional() },
  unsupported: {
    postStart: 'the hook is not run',
    stopSignal: 'the program gets SIGTERM',
  },
  shapes: { postStart: handler, stopSignal: z.string() },
});

export type Lifecycle = z.infer<typeof lifecycle>;
