import { type BuildInput, selects } from '#mesh/istiod/config/build/input.ts';
import {
  type PodSelection,
  podEndpoint,
  type SelectingPort,
} from '#mesh/istiod/config/build/pod-endpoints.ts';
import { ofKind, type ResourceOf } from '#mesh/istiod/config/schema/resource.ts';
import type { Endpoint } from '#mesh/istiod/model/service.ts';
import { spiffeId } from '#mesh/istiod/model/workload-identity.ts';
import { ownValue } from '#mesh/own-value.ts';

/** A place that a manifest writes down: the spec of a WorkloadEntry, or an endpoint of a ServiceEntry. */
type Written = ResourceOf<'WorkloadEntry'>['spec'];

/** Whether there is an address to connect to; the programs of a laptop have no Unix sockets of each other's. */
export function isReachable({ address }: Pick<Written, 'address'>): boolean {
  return address !== '' && !address.startsWith('unix://');
}

/** The label by which a place outside of Kubernetes says that a sidecar is in front of it. */
const TLS_MODE = 'security.istio.io/tlsMode';

interface WrittenPlace {
  readonly written: Written;
  readonly namespace: string;
  readonly ports: readonly SelectingPort[];
}

/**
 * What stands at an address that a manifest writes down, and who may be expected there. A pod's address is that pod, with the
 * labels and the identity that the manifest gives it.
 */
export function writtenEndpoint({ written, namespace, ports }: WrittenPlace, input: BuildInput): Endpoint {
  const { address, labels, weight, serviceAccount } = written;
  const { trustDomain = 'cluster.local' } = input;
  const at = ports.flatMap((port) => {
    const targetPort = portAt(written, port);
    return targetPort === undefined ? [] : [{ ...port, targetPort }];
  });
  const pod = input.pods.find((one) => one.address === address);
  const place = pod
    ? podEndpoint(pod, at, input)
    : {
        ...{ address, ready: true },
        ports: Object.fromEntries(at.map(({ port, targetPort }) => [port, targetPort])),
      };
  return {
    ...place,
    labels,
    mutualTls: labels[TLS_MODE] === 'istio',
    ...(weight !== undefined && { weight }),
    ...(serviceAccount && { identity: spiffeId(trustDomain, namespace, serviceAccount) }),
  };
}

/** By the name of the service's port, or that of its target; else the number that the service has for it. */
function portAt(
  { ports }: Written,
  { name = '', port, targetPort = port }: SelectingPort,
): number | undefined {
  const named = ownValue(ports, name);
  return named ?? (typeof targetPort === 'string' ? ownValue(ports, targetPort) : targetPort);
}

/**
 * The WorkloadEntries that a Service or ServiceEntry selects, as it selects pods
 * (https://istio.io/latest/docs/reference/config/networking/workload-entry/).
 */
export function selectedEntries(
  entries: readonly ResourceOf<'WorkloadEntry'>[],
  { selector, namespace }: Pick<PodSelection, 'selector' | 'namespace'>,
): Written[] {
  return entries
    .filter(({ metadata }) => metadata.namespace === namespace)
    .map(({ metadata, spec }) => ({ ...spec, labels: { ...spec.labels, ...metadata.labels } }))
    .filter((written) => isReachable(written) && selects(selector, written.labels));
}

export function workloadEntryEndpoints(selection: PodSelection, input: BuildInput): Endpoint[] {
  const { namespace, ports } = selection;
  return selectedEntries(ofKind(input.resources, 'WorkloadEntry'), selection).map((written) =>
    writtenEndpoint({ written, namespace, ports }, input),
  );
}
