import { CommandFailure } from '#mesh/cli/command-failure.ts';
import type { Mesh, Proxy as MeshProxy } from '#mesh/model/mesh.ts';
import type { Pod } from '#mesh/model/pod.ts';

export interface Entry {
  /** `gateway`, a pod's name or its start, a gateway's name; absent: the first pod with a sidecar. */
  readonly from: string | undefined;
  readonly namespace: string;
}

/** The proxy at which a request enters the mesh. */
export function entryProxy(mesh: Mesh, { from, namespace }: Entry): MeshProxy {
  const pods = mesh.pods.filter((pod) => pod.namespace === namespace);
  const gateway = mesh.gateways.find(({ name }) => from === 'gateway' || name === from);
  if (gateway) return { role: 'gateway', gateway };
  const pod = from === undefined ? pods.find(({ sidecar }) => sidecar) : podNamed(pods, from);
  if (pod) return proxyOf(pod);
  const choices = [...(mesh.gateways.length > 0 ? ['gateway'] : []), ...pods.map(({ name }) => name)];
  const wanted = from === undefined ? 'no pod' : `no pod "${from}"`;
  throw new CommandFailure(
    `error: ${wanted} in namespace ${namespace}; --from can be: ${choices.join(', ')}`,
  );
}

function podNamed(pods: readonly Pod[], from: string): Pod | undefined {
  const name = from.replace(/^(pods?|deploy|deployment)\//, '');
  return pods.find((pod) => pod.name === name) ?? pods.find((pod) => pod.name.startsWith(`${name}-`));
}

/** A pod without sidecar sends through kube-proxy, whose ports do not matter to the explanation. */
function proxyOf(pod: Pod): MeshProxy {
  if (pod.sidecar) return { role: 'sidecar', pod, sidecar: pod.sidecar };
  return {
    role: 'kube-proxy',
    kubeProxy: { adminPort: 0, outboundPorts: { [pod.namespace]: 0 }, nodePorts: {} },
  };
}
