import type { Api } from '#mesh/apiserver/api.ts';
import type { DraftObject, KubernetesObject } from '#mesh/apiserver/object.ts';
import { type LabelSelector, matchesLabelSelector } from '#mesh/apiserver/selector.ts';
import type { StoreEvent } from '#mesh/apiserver/store/store.ts';
import type { Controller } from '#mesh/controllers/controllers.ts';
import {
  find,
  hasEnded,
  isReady,
  isTerminating,
  keyOf,
  ownerReference,
  type Pod,
  typeOf,
} from '#mesh/controllers/workload.ts';

interface Service extends KubernetesObject {
  readonly spec: {
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports?: readonly ServicePort[];
    readonly publishNotReadyAddresses?: boolean;
  };
}

interface ServicePort {
  readonly name?: string;
  readonly port: number;
  readonly targetPort?: number | string;
  readonly protocol?: string;
  readonly appProtocol?: string;
}

interface Container {
  readonly ports?: readonly {
    readonly name?: string;
    readonly containerPort: number;
    readonly protocol?: string;
  }[];
}

/** Keeps the Endpoints and the EndpointSlice of each Service that selects pods. */
export class EndpointsController implements Controller {
  readonly name = 'endpoint-controller';
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  concerns({ resource, object, previous }: StoreEvent): readonly string[] {
    if (resource === 'services') return [keyOf(object)];
    if (resource !== 'pods') return [];
    const labels = [object, previous].map((pod) => pod?.metadata.labels ?? {});
    return (this.#api.store.list('services', object.metadata.namespace) as readonly Service[])
      .filter(
        ({ spec }) => spec.selector && labels.some(matchesLabelSelector({ matchLabels: spec.selector })),
      )
      .map(keyOf);
  }

  async sync(key: string): Promise<number | undefined> {
    const service = find<Service>(this.#api, 'services', key);
    // The garbage collector removes those of a deleted Service; those of a Service without a selector are the user's.
    if (!service || isTerminating(service)) return undefined;
    const { selector } = service.spec;
    if (!selector || Object.keys(selector).length === 0) return undefined;
    const pods = this.#selected(service, selector);
    await this.#write('endpoints', service, endpoints(service, pods));
    await this.#write('endpointslices.discovery.k8s.io', service, endpointSlice(service, pods));
    return undefined;
  }

  #selected({ metadata }: Service, selector: NonNullable<LabelSelector['matchLabels']>): Pod[] {
    const selects = matchesLabelSelector({ matchLabels: selector });
    return (this.#api.store.list('pods', metadata.namespace) as readonly Pod[]).filter(
      (pod) => pod.status?.podIP && !hasEnded(pod) && selects(pod.metadata.labels ?? {}),
    );
  }

  async #write(resource: string, service: Service, draft: DraftObject): Promise<void> {
    const { namespace } = service.metadata;
    const key = { namespace, name: draft.metadata.name ?? '' };
    const type = typeOf(this.#api, resource);
    if (!this.#api.store.get(resource, key)) {
      await this.#api.create(type, draft, { manager: this.name, namespace, trusted: true });
      return;
    }
    const { metadata: _, ...content } = draft;
    const change = (before: KubernetesObject) => ({
      ...content,
      metadata: { ...before.metadata, labels: draft.metadata.labels ?? {} },
    });
    await this.#api.update(type, key, change, { manager: this.name, trusted: true });
  }
}

function endpoints(service: Service, pods: readonly Pod[]): DraftObject {
  const { name, labels } = service.metadata;
  const subsets = portGroups(service, pods).map(({ ports, pods: members }) => {
    const ready = members.filter((pod) => counts(service, pod));
    const notReady = members.filter((pod) => !counts(service, pod) && !isTerminating(pod));
    return {
      ...(ready.length > 0 && { addresses: ready.map(address) }),
      ...(notReady.length > 0 && { notReadyAddresses: notReady.map(address) }),
      ports,
    };
  });
  const shown = subsets.filter((subset) => subset.addresses ?? subset.notReadyAddresses);
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name, labels: { ...labels, 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' } },
    ...(shown.length > 0 && { subsets: shown }),
  };
}

function counts({ spec }: Service, pod: Pod): boolean {
  return !isTerminating(pod) && (isReady(pod) || spec.publishNotReadyAddresses === true);
}

function address(pod: Pod) {
  const { name, namespace, uid } = pod.metadata;
  return {
    ip: pod.status?.podIP,
    ...(pod.spec['nodeName'] !== undefined && { nodeName: pod.spec['nodeName'] }),
    targetRef: { kind: 'Pod', name, namespace, uid },
  };
}

function endpointSlice(service: Service, pods: readonly Pod[]): DraftObject {
  const { name, labels } = service.metadata;
  const [group] = portGroups(service, pods);
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      // Kubernetes' has a random end; one for each Service needs none.
      name,
      labels: {
        ...labels,
        'kubernetes.io/service-name': name,
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
      },
      ownerReferences: [ownerReference(service)],
    },
    addressType: 'IPv4',
    endpoints: pods.map((pod) => ({
      addresses: [pod.status?.podIP],
      conditions: { ready: counts(service, pod), serving: isReady(pod), terminating: isTerminating(pod) },
      nodeName: pod.spec['nodeName'],
      targetRef: {
        kind: 'Pod',
        name: pod.metadata.name,
        namespace: pod.metadata.namespace,
        uid: pod.metadata.uid,
      },
    })),
    ports: group?.ports ?? [],
  };
}

interface PortGroup {
  readonly ports: readonly object[];
  readonly pods: readonly Pod[];
}

/** Pods whose ports have the same numbers: a named target port may differ from pod to pod. */
function portGroups({ spec }: Service, pods: readonly Pod[]): PortGroup[] {
  const resolved = pods.map((pod) => ({
    pod,
    ports: (spec.ports ?? []).flatMap((port) => portOf(port, pod) ?? []),
  }));
  return [...Map.groupBy(resolved, ({ ports }) => JSON.stringify(ports)).values()].map((members) => ({
    ports: members[0]?.ports ?? [],
    pods: members.map(({ pod }) => pod),
  }));
}

function portOf({ name, port, targetPort = port, protocol = 'TCP', appProtocol }: ServicePort, pod: Pod) {
  const number =
    typeof targetPort === 'number' && targetPort > 0 ? targetPort : namedPort(pod, String(targetPort));
  if (number === undefined) return targetPort === 0 ? { port, protocol } : undefined;
  return { ...(name && { name }), port: number, protocol, ...(appProtocol && { appProtocol }) };
}

function namedPort({ spec }: Pod, name: string): number | undefined {
  const containers = (spec['containers'] ?? []) as readonly Container[];
  return containers.flatMap(({ ports = [] }) => ports).find((port) => port.name === name)?.containerPort;
}
