import type { Api } from '#mesh/apiserver/api.ts';
import type { StoreEvent } from '#mesh/apiserver/store/store.ts';
import type { Controller } from '#mesh/controllers/controllers.ts';
import { isReady, type Pod, writeStatus } from '#mesh/controllers/workload.ts';
import { withTransitions } from '#mesh/istiod/config/gateway-api/condition.ts';
import type { Deployed } from '#mesh/istiod/config/gateway-api/gateway-status.ts';
import { concernsGatewayApi, gatewayApiIn, isGatewayApi } from '#mesh/istiod/config/gateway-api/read.ts';
import { statusesOf } from '#mesh/istiod/config/gateway-api/statuses.ts';
import { gatewayNameLabel } from '#mesh/istiod/model/gateway.ts';
import { type GatewayAddresses, gatewayOfPod } from '#mesh/kubelet/ports/gateway-addresses.ts';

/** All objects are looked at together: what one of them comes to depends on the others. */
const everything = 'gateway-api';

/** Writes the status of Gateway API's objects. By the time it says accepted, the Envoys carry them out. */
export class GatewayStatusController implements Controller {
  readonly name = 'istio.io/gateway-controller';
  readonly #api: Api;
  readonly #addresses: Pick<GatewayAddresses, 'of'>;

  constructor(api: Api, addresses: Pick<GatewayAddresses, 'of'>) {
    this.#api = api;
    this.#addresses = addresses;
  }

  concerns({ resource, object }: StoreEvent): readonly string[] {
    const ofGateway = resource === 'pods' && object.metadata.labels?.[gatewayNameLabel] !== undefined;
    return ofGateway || isGatewayApi(resource) || (concernsGatewayApi(resource) && this.#any())
      ? [everything]
      : [];
  }

  /** Without Gateways and routes nothing depends on Services and Secrets. */
  #any(): boolean {
    const { store } = this.#api;
    const kinds = ['gateways', 'httproutes', 'grpcroutes', 'tlsroutes', 'tcproutes'];
    return kinds.some((kind) => store.list(`${kind}.gateway.networking.k8s.io`).length > 0);
  }

  async sync(): Promise<undefined> {
    const api = this.#api;
    const objects = gatewayApiIn(api.store);
    const deployed = this.#deployed();
    for (const { resource, object, status } of statusesOf(objects, deployed)) {
      const timed = withTransitions(status, object['status']);
      await writeStatus(api, { resource, object, status: timed, manager: this.name });
    }
    await this.#tellServices(deployed);
  }

  /** A Gateway's Service has its address as well, as a cloud's load balancer would give it. */
  async #tellServices(deployed: ReadonlyMap<string, Deployed>): Promise<void> {
    for (const object of this.#api.store.list('services')) {
      const { namespace = '', labels = {}, ownerReferences = [] } = object.metadata;
      const gateway = gatewayOfPod({ namespace, labels });
      const place = gateway === undefined ? undefined : deployed.get(gateway);
      if (!place || !ownerReferences.some(({ kind }) => kind === 'Gateway')) continue;
      const status = { loadBalancer: { ingress: [{ ip: place.address }] } };
      await writeStatus(this.#api, { resource: 'services', object, status, manager: this.name });
    }
  }

  #deployed(): ReadonlyMap<string, Deployed> {
    const deployed = new Map<string, Deployed>();
    for (const pod of this.#api.store.list('pods') as readonly Pod[]) {
      const { namespace = '', labels = {} } = pod.metadata;
      const gateway = gatewayOfPod({ namespace, labels });
      const place = gateway === undefined ? undefined : this.#addresses.of(gateway);
      if (gateway === undefined || !place) continue;
      const ready = isReady(pod) || deployed.get(gateway)?.ready === true;
      deployed.set(gateway, { address: place.address, ports: Object.fromEntries(place.ports), ready });
    }
    return deployed;
  }
}
