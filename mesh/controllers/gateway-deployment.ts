import { isDeepStrictEqual } from 'node:util';
import type { Api } from '#mesh/apiserver/api.ts';
import type { DraftObject, KubernetesObject, StringMap } from '#mesh/apiserver/object.ts';
import type { StoreEvent } from '#mesh/apiserver/store/store.ts';
import type { Controller } from '#mesh/controllers/controllers.ts';
import { find, isTerminating, keyOf, ownerReference, typeOf } from '#mesh/controllers/workload.ts';

const gateways = 'gateways.gateway.networking.k8s.io';
const classes = 'gatewayclasses.gateway.networking.k8s.io';

const listenerSets = 'listenersets.gateway.networking.k8s.io';
/** By which what was made for a Gateway says for which. */
const gatewayNameLabel = 'gateway.networking.k8s.io/gateway-name';

interface Listener {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
}

interface ListenerSet extends KubernetesObject {
  readonly spec: {
    readonly parentRef: { readonly name: string; readonly namespace?: string };
    readonly listeners: readonly Listener[];
  };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

interface Gateway extends KubernetesObject {
  readonly spec: {
    readonly gatewayClassName: string;
    readonly listeners: readonly Listener[];
    readonly infrastructure?: { readonly labels?: StringMap; readonly annotations?: StringMap };
  };
}

/** The controller whose Gateways get a Deployment. */
const automated = 'istio.io/gateway-controller';

/**
 * Makes the objects for a Gateway of Gateway API, as Istio's automated deployment does: a ServiceAccount, a Deployment and a Service, each with the
 * name `<gateway>-<class>` (https://istio.io/latest/docs/tasks/traffic-management/ingress/gateway-api/#automated-deployment). With
 * the Gateway, they are removed.
 */
export class GatewayDeploymentController implements Controller {
  readonly name = 'gateway-controller';
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** If somebody changes these objects, they are written again from the Gateway. */
  concerns({ resource, object }: StoreEvent): readonly string[] {
    if (resource === gateways) return [keyOf(object)];
    if (resource === listenerSets) return [parentOf(object as ListenerSet)];
    if (resource === classes) return this.#api.store.list(gateways).map(keyOf);
    const made = resource === 'services' || resource === 'deployments.apps';
    const owner = object.metadata.ownerReferences?.find(({ kind }) => kind === 'Gateway');
    return made && owner ? [`${object.metadata.namespace}/${owner.name}`] : [];
  }

  async sync(key: string): Promise<undefined> {
    const gateway = find<Gateway>(this.#api, gateways, key);
    if (!gateway || isTerminating(gateway) || !this.#isAutomated(gateway)) return;
    await this.#make('serviceaccounts', serviceAccount(gateway));
    await this.#make('services', service(gateway, this.#added(key)));
    await this.#make('deployments.apps', deployment(gateway));
  }

  #isAutomated({ spec }: Gateway): boolean {
    const found = this.#api.store.get(classes, { name: spec.gatewayClassName });
    const { controllerName } = (found?.['spec'] ?? {}) as { readonly controllerName?: string };
    return controllerName === automated;
  }

  /** The listeners of the ListenerSets that a Gateway, `namespace/name`, has taken. */
  #added(gateway: string): readonly Listener[] {
    const sets = this.#api.store.list(listenerSets) as readonly ListenerSet[];
    return sets
      .filter((set) => parentOf(set) === gateway && isAccepted(set))
      .flatMap(({ spec }) => spec.listeners);
  }

  async #make(resource: string, draft: DraftObject): Promise<void> {
    const { name = '', namespace = '' } = draft.metadata;
    const type = typeOf(this.#api, resource);
    const before = this.#api.store.get(resource, { name, namespace });
    const options = { manager: this.name, trusted: true };
    if (!before) {
      await this.#api.create(type, draft, { ...options, namespace });
      return;
    }
    // Leaves alone an object of the same name that belongs to somebody else.
    const owner = draft.metadata.ownerReferences?.[0];
    if (isTerminating(before) || before.metadata.ownerReferences?.[0]?.uid !== owner?.uid) return;
    const after = updated(before, draft);
    if (isDeepStrictEqual(before, after)) return;
    await this.#api.update(type, { name, namespace }, (now) => updated(now, draft), options);
  }
}

/** What is stored, with what the Gateway says in its place: further fields and labels are other people's. */
function updated(before: KubernetesObject, { metadata, spec }: DraftObject): KubernetesObject {
  const { labels, annotations } = metadata;
  return {
    ...before,
    metadata: {
      ...before.metadata,
      labels: { ...before.metadata.labels, ...labels },
      ...(annotations && { annotations: { ...before.metadata.annotations, ...annotations } }),
    },
    ...(spec === undefined ? {} : { spec: mergedSpec(before['spec'], spec) }),
  };
}

function mergedSpec(before: unknown, wanted: unknown): unknown {
  const { ports: known = [], ...rest } = before as { readonly ports?: readonly ServicePort[] };
  const { ports, ...spec } = wanted as { readonly ports?: readonly ServicePort[] };
  if (!ports) return { ...rest, ...('template' in rest ? {} : spec) };
  // A port keeps the node port that it was given.
  return {
    ...{ ...rest, ...spec },
    ports: ports.map((port) => ({ ...known.find(({ name }) => name === port.name), ...port })),
  };
}

interface ServicePort {
  readonly name: string;
  readonly port: number;
}

function nameOf({ metadata, spec }: Gateway): string {
  return `${metadata.name}-${spec.gatewayClassName}`;
}

function metadataOf(gateway: Gateway): DraftObject['metadata'] {
  const { infrastructure = {}, gatewayClassName } = gateway.spec;
  const { namespace, name } = gateway.metadata;
  return {
    name: nameOf(gateway),
    ...(namespace !== undefined && { namespace }),
    labels: {
      'gateway.istio.io/managed': 'istio.io-gateway-controller',
      ...infrastructure.labels,
      [gatewayNameLabel]: name,
      'gateway.networking.k8s.io/gateway-class-name': gatewayClassName,
    },
    ...(infrastructure.annotations && { annotations: infrastructure.annotations }),
    ownerReferences: [ownerReference(gateway)],
  };
}

function serviceAccount(gateway: Gateway): DraftObject {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: metadataOf(gateway) };
}

function parentOf({ metadata, spec }: ListenerSet): string {
  const { namespace = metadata.namespace, name } = spec.parentRef;
  return `${namespace}/${name}`;
}

function isAccepted({ status }: ListenerSet): boolean {
  return (status?.conditions ?? []).some((one) => one.type === 'Accepted' && one.status === 'True');
}

/** @param added listeners that are not in the Gateway's own list */
function service(gateway: Gateway, added: readonly Listener[]): DraftObject {
  const own = new Map(gateway.spec.listeners.map((listener) => [listener.port, listener]));
  // Ports of a Service need names of their own, and listeners of two objects may share theirs.
  const more = new Map(
    added
      .filter(({ port }) => !own.has(port))
      .map((one) => [one.port, { ...one, name: `${one.name.slice(0, 50)}-${one.port}` }]),
  );
  const ports = [...own.values(), ...more.values()].map(({ name, port, protocol }) => ({
    ...{ name, port, protocol: protocol === 'UDP' ? 'UDP' : 'TCP', targetPort: port },
    appProtocol: protocol.toLowerCase(),
  }));
  const status = { name: 'status-port', port: 15021, protocol: 'TCP', targetPort: 15021, appProtocol: 'tcp' };
  const selector = { [gatewayNameLabel]: gateway.metadata.name };
  const spec = { type: 'LoadBalancer', selector, ports: [status, ...ports] };
  return { apiVersion: 'v1', kind: 'Service', metadata: metadataOf(gateway), spec };
}

/** A pod with only `istio-proxy`, for which this machine runs an Envoy. */
function deployment(gateway: Gateway): DraftObject {
  const metadata = metadataOf(gateway);
  const { name } = gateway.metadata;
  const labels = {
    ...metadata.labels,
    'istio.io/dataplane-mode': 'none',
    'service.istio.io/canonical-name': nameOf(gateway),
    'service.istio.io/canonical-revision': 'latest',
    'sidecar.istio.io/inject': 'false',
  };
  const container = {
    ...{ name: 'istio-proxy', image: 'docker.io/istio/proxyv2:laptop' },
    args: ['proxy', 'router', '--domain', '$(POD_NAMESPACE).svc.cluster.local'],
    ports: [{ name: 'status-port', containerPort: 15021, protocol: 'TCP' }],
  };
  const template = {
    metadata: { labels, ...(metadata.annotations && { annotations: metadata.annotations }) },
    spec: { serviceAccountName: nameOf(gateway), containers: [container] },
  };
  const selector = { matchLabels: { [gatewayNameLabel]: name } };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { replicas: 1, selector, template } };
}
