import type { ExecTarget } from '#mesh/run/api.ts';
import { gatewayNamespace } from '#mesh/run/apply/gateway-ports.ts';
import type { LocalMesh } from '#mesh/run/apply/local-mesh.ts';
import { type NamedPod, noSuchPod } from '#mesh/run/control/handlers.ts';
import { resourcesOf } from '#mesh/run/objects/snapshot.ts';

/** What a command needs to run as the pod's program would. */
export function execTarget(mesh: LocalMesh, name: NamedPod): ExecTarget {
  const pod = mesh.pods.find(({ plan }) => plan.name === name.name && plan.namespace === name.namespace);
  const program = pod?.containers[0];
  if (pod && program) {
    const { env, cwd } = program.plan.command;
    const hosts = mesh.dataPlane.hostMapOf(pod.plan, resourcesOf(mesh.snapshot));
    const names = pod.containers.map(({ plan }) => plan.name);
    const { sidecar } = pod.plan;
    return {
      containers: sidecar ? [...names, 'istio-proxy'] : names,
      // A command that starts now knows the services that came after the pod, as DNS would tell it in a cluster.
      env: { ...env, ...(hosts && { HOST_MAP: hosts }) },
      cwd,
      ...(sidecar && { adminPort: sidecar.adminPort }),
    };
  }
  const gateway = mesh.dataPlane.gateway?.process;
  if (gateway && gateway.name === `${name.name}.${name.namespace}` && name.namespace === gatewayNamespace) {
    return { containers: ['istio-proxy'], env: {}, cwd: process.cwd(), adminPort: gateway.admin.port };
  }
  throw noSuchPod(name);
}
