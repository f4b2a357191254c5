import { kubeProxyOf, proxyOfPod } from '#mesh/istiod/explain/config-of.ts';
import type { ExplainOptions } from '#mesh/istiod/explain/explain.ts';
import { gatewayCalled } from '#mesh/istiod/explain/gateway-called.ts';
import type { Mesh } from '#mesh/istiod/model/mesh.ts';
import type { Pod } from '#mesh/istiod/model/pod.ts';
import { didYouMean } from '#mesh/nearest.ts';
import { ANY_CALLER } from '#mesh/testing/imaginary-mesh.ts';
import { TestMistake } from '#mesh/testing/schema-issues.ts';
import type { TestRequest } from '#mesh/testing/test-file.ts';

export type Entrance = Pick<ExplainOptions, 'proxy' | 'namespace'> & {
  /** As metrics name it. */
  readonly workload: string;
};

export type CallerRequest = Pick<TestRequest, 'from' | 'sidecar'>;

/** Where a test's request enters the mesh. @throws TestMistake if there is no such caller. */
export function entranceOf(mesh: Mesh, request: CallerRequest, namespace: string): Entrance {
  const { from, sidecar } = request;
  if (from === 'gateway' || from.startsWith('gateway/')) return gatewayEntrance(mesh, from, namespace);
  const pod = callerPod(mesh, from === '*' ? ANY_CALLER : from, namespace);
  const workload = pod.workload ?? pod.name;
  if (pod.sidecar && sidecar) return { proxy: proxyOfPod(mesh, pod), workload };
  return { proxy: kubeProxyOf(mesh, pod.namespace), namespace: pod.namespace, workload };
}

function gatewayEntrance({ gateways }: Mesh, from: string, namespace: string): Entrance {
  const wanted = from.split('/').slice(1).join('/');
  const gateway = gatewayCalled(wanted, { gateways, namespace });
  if (!gateway) {
    throw new TestMistake(
      `there is no gateway "${wanted}"`,
      didYouMean(
        wanted,
        gateways.map(({ name, workload = name }) => workload),
      ),
    );
  }
  return { proxy: { role: 'gateway', gateway }, workload: gateway.workload ?? gateway.name };
}

function callerPod({ pods }: Mesh, from: string, fallback: string): Pod {
  const [namespace, name] = from.includes('/') ? from.split('/') : [fallback, from];
  const there = pods.filter((pod) => pod.namespace === namespace);
  const pod = there.find((one) => one.workload === name) ?? there.find((one) => one.name === name);
  if (pod) return pod;
  const names = new Set(there.map((one) => one.workload ?? one.name));
  const found = names.size > 0 ? didYouMean(name ?? '', names) : otherNamespaces(pods);
  throw new TestMistake(`there is no workload "${name}" in namespace ${namespace}`, found);
}

function otherNamespaces(pods: readonly Pod[]): string {
  const names = [...new Set(pods.map(({ namespace }) => namespace))].sort();
  return names.length > 0
    ? `name the namespace as well, as in \`${names[0]}/NAME\`; there are workloads in ${names.join(', ')}`
    : 'the manifests hold no workload: name them below `manifests`, or with -f';
}

/** Every workload that may ask, as a test names it; those of the tests' namespace without it. */
export function callersOf({ pods }: Mesh, namespace: string): readonly string[] {
  const names = pods.map((pod) => {
    const name = pod.workload ?? pod.name;
    return pod.namespace === namespace ? name : `${pod.namespace}/${name}`;
  });
  return [...new Set(names)];
}
