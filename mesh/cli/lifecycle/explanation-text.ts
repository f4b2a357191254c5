import { CommandFailure } from '#mesh/cli/usage-error.ts';
import { proxyOfPod } from '#mesh/istiod/explain/config-of.ts';
import type { Explanation } from '#mesh/istiod/explain/explanation.ts';
import { gatewayCalled } from '#mesh/istiod/explain/gateway-called.ts';
import type { SimulatedRequest } from '#mesh/istiod/explain/request.ts';
import { stepsOf } from '#mesh/istiod/explain/steps.ts';
import type { GatewayWorkload } from '#mesh/istiod/model/gateway.ts';
import type { Mesh, Proxy as MeshProxy } from '#mesh/istiod/model/mesh.ts';
import type { Pod } from '#mesh/istiod/model/pod.ts';

const labelWidth = 14;

/** The way of a request in steps, each with the file and line that decides it. */
export function formatExplanation(request: SimulatedRequest, explanation: Explanation): string {
  const { scheme, host, port, path, method } = request;
  const shownPort = port === (scheme === 'https' ? 443 : 80) ? '' : `:${port}`;
  const title = `${scheme === 'tcp' ? '' : `${method} `}${scheme}://${host}${shownPort}${path} from ${explanation.proxy}\n\n`;
  return (
    title +
    stepsOf(explanation)
      .map(({ label, text }) => `${label.padEnd(labelWidth)}${text}\n`)
      .join('')
  );
}

interface Entry {
  /** `gateway`, a pod's name or its start, a gateway's name; absent: the first pod with a sidecar. */
  readonly from: string | undefined;
  readonly namespace: string;
}

/** The proxy at which a request enters the mesh. */
export function entryProxy(mesh: Mesh, { from, namespace }: Entry): MeshProxy {
  const pods = mesh.pods.filter((pod) => pod.namespace === namespace);
  const gateway = gatewayNamed(mesh, { from, namespace });
  if (gateway) return { role: 'gateway', gateway };
  const pod = from === undefined ? pods.find(({ sidecar }) => sidecar) : podNamed(pods, from);
  if (pod) return proxyOfPod(mesh, pod);
  const gateways = mesh.gateways.map((one) => `gateway/${one.workload ?? one.name}`);
  const choices = [...(gateways.length > 0 ? ['gateway'] : []), ...gateways, ...pods.map(({ name }) => name)];
  const wanted = from === undefined ? 'no pod' : `no pod "${from}"`;
  throw new CommandFailure(
    `error: ${wanted} in namespace ${namespace}; --from can be: ${choices.join(', ')}`,
  );
}

function gatewayNamed({ gateways }: Mesh, { from, namespace }: Entry): GatewayWorkload | undefined {
  if (!from) return undefined;
  const name = from === 'gateway' ? '' : from.replace(/^(gateways?|gtw|pods?|deploy|deployment)\//, '');
  return gatewayCalled(name, { gateways, namespace });
}

function podNamed(pods: readonly Pod[], from: string): Pod | undefined {
  const name = from.replace(/^(pods?|deploy|deployment)\//, '');
  return pods.find((pod) => pod.name === name) ?? pods.find((pod) => pod.name.startsWith(`${name}-`));
}
