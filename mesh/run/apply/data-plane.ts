import { join } from 'node:path';
import type { Identities } from '#mesh/istiod/ca/identities.ts';
import { declaredGatewayPorts } from '#mesh/istiod/config/build/gateways.ts';
import type { GatewayPlacement } from '#mesh/istiod/config/build/input.ts';
import type { ManualSlice } from '#mesh/istiod/config/build/manual-endpoints.ts';
import { type TcpService, tcpServices } from '#mesh/istiod/config/build/tcp-services.ts';
import { buildMesh } from '#mesh/istiod/config/build.ts';
import { attach } from '#mesh/istiod/config/gateway-api/attachment.ts';
import { wantedAddresses } from '#mesh/istiod/config/gateway-api/gateway-status.ts';
import { type GatewayApiObjects, nameOf } from '#mesh/istiod/config/gateway-api/objects.ts';
import { listenerPorts } from '#mesh/istiod/config/gateway-api/servers.ts';
import type { Resource } from '#mesh/istiod/config/schema/resource.ts';
import type { ZipkinCollector } from '#mesh/istiod/envoy/scope.ts';
import type { Mesh, Proxy as MeshProxy, OutboundPolicy, StandIn } from '#mesh/istiod/model/mesh.ts';
import type { Pod } from '#mesh/istiod/model/pod.ts';
import type { Rejection } from '#mesh/istiod/xds/acknowledgement.ts';
import type { XdsServer } from '#mesh/istiod/xds/xds-server.ts';
import { keepEqual } from '#mesh/keep-equal.ts';
import type { PodPlan } from '#mesh/kubelet/pods/pod-plan.ts';
import { hostMap } from '#mesh/kubelet/pods/runner-variables.ts';
import type { RunningPod } from '#mesh/kubelet/pods/running-pod.ts';
import { type GatewayAddresses, gatewayOfPod, placeOfPod } from '#mesh/kubelet/ports/gateway-addresses.ts';
import type { GatewayPorts } from '#mesh/kubelet/ports/gateway-ports.ts';
import type { KubeProxyPorts } from '#mesh/kubelet/ports/kube-proxy-ports.ts';
import type { TcpPorts } from '#mesh/kubelet/ports/ports.ts';
import { LogFile } from '#mesh/kubelet/process/log-file.ts';
import { ProxyProcess } from '#mesh/kubelet/proxy/proxy-process.ts';
import { adminSocket, type StateDirectory } from '#mesh/kubelet/state/state-directory.ts';
import { ControlError } from '#mesh/run/api.ts';
import { gatewayIn, publish, type RunningProxy, sidecarIn } from '#mesh/run/apply/proxies.ts';

export interface DataPlaneOptions {
  readonly state: StateDirectory;
  readonly envoy: string;
  readonly xds: XdsServer;
  readonly outboundPolicy: OutboundPolicy;
  readonly identities: Identities;
  readonly gatewayPorts: GatewayPorts;
  readonly gatewayAddresses: GatewayAddresses;
  readonly kubeProxyPorts: KubeProxyPorts;
  readonly tcpPorts: TcpPorts;
  readonly standIns: readonly StandIn[];
  /** Where the Envoys send their spans; absent: nothing is traced. */
  readonly zipkin?: ZipkinCollector;
  readonly onProblem: (message: string) => void;
}

/** What the Envoys are to carry out. */
export interface Desired {
  readonly resources: readonly Resource[];
  readonly pods: readonly RunningPod[];
  readonly gatewayApi: GatewayApiObjects;
  readonly slices: readonly ManualSlice[];
}

const kubeProxyName = { name: 'kube-proxy', namespace: 'kube-system' };

/** All Envoys of the mesh: those of its pods, sidecars and gateways, and kube-proxy's, which it starts itself. */
export class DataPlane {
  readonly #options: DataPlaneOptions;
  readonly #onChange: () => void;
  #mesh: Mesh | undefined;
  #kubeProxy: RunningProxy | undefined;
  #ofPods: readonly RunningProxy[] = [];
  #version = 0;

  constructor(options: DataPlaneOptions, onChange: () => void) {
    this.#options = options;
    this.#onChange = onChange;
  }

  /** Every Envoy that runs or is about to. */
  get proxies(): readonly RunningProxy[] {
    return [...(this.#kubeProxy ? [this.#kubeProxy] : []), ...this.#ofPods];
  }

  /** The mesh that the Envoys were last brought to; undefined before the first. */
  get current(): Mesh | undefined {
    return this.#mesh;
  }

  /** The same, once there is one. */
  get model(): Mesh {
    if (!this.#mesh) {
      throw new ControlError(503, 'the mesh is not up yet');
    }
    return this.#mesh;
  }

  /** Brings every Envoy to what is desired; resolves when all have acknowledged, with those that refused or are late. From then on pods are ready. */
  async publish(desired: Desired): Promise<readonly Rejection[]> {
    const { identities, onProblem, zipkin } = this.#options;
    // What serves while the Envoys are being told is for the next time.
    const told = desired.pods.map((pod) => pod.tell());
    // What is the same in it needs no new configuration.
    const mesh = keepEqual(this.#mesh, await this.#build(desired));
    this.#mesh = mesh;
    this.#version += 1;
    this.#ofPods = desired.pods.flatMap(proxyOf);
    const started = this.#prepareKubeProxy();
    const { proxies } = this;
    const version = String(this.#version);
    const rejections = await publish({
      ...{ mesh, proxies, identities, version, zipkin },
      resources: desired.resources,
    });
    started?.start();
    for (const { proxy, reason, isLate } of rejections) {
      onProblem(`${proxy} ${isLate ? 'is late with' : 'refused'} its configuration: ${reason}`);
    }
    // An Envoy that is late is not ready itself until it has caught up.
    if (rejections.every(({ isLate }) => isLate)) {
      for (const acknowledged of told) acknowledged();
    }
    return rejections;
  }

  async stop(): Promise<void> {
    await this.#kubeProxy?.process.stop();
  }

  async #build({ resources, pods, gatewayApi, slices }: Desired): Promise<Mesh> {
    const { gatewayPorts, gatewayAddresses, kubeProxyPorts, standIns, outboundPolicy } = this.#options;
    await kubeProxyPorts.openNodePorts(resources);
    await gatewayPorts.open(resources);
    await this.#openGateways(gatewayApi, { pods, resources });
    const workloads = pods.filter(({ plan }) => plan.role === 'workload');
    return buildMesh({
      ...{ resources, gatewayApi, slices },
      pods: keepEqual(this.#mesh?.pods, await this.#withTcpPorts(workloads, tcpServices(resources))),
      gateways: pods
        .filter(({ plan }) => plan.role === 'gateway')
        .map(({ plan }) => placementOf(plan, gatewayPorts.local, gatewayAddresses)),
      standIns,
      outboundPolicy,
    });
  }

  /** Each Gateway of Gateway API has its address and ports before its Envoy starts, and so has each pod that is a gateway by its labels. */
  async #openGateways(
    objects: GatewayApiObjects,
    { pods, resources }: Pick<Desired, 'pods' | 'resources'>,
  ): Promise<void> {
    const { gatewayAddresses } = this.#options;
    const { gateways } = attach(objects);
    for (const { gateway, listeners } of gateways)
      await gatewayAddresses.open(nameOf(gateway), listenerPorts(listeners), wantedAddresses(gateway));
    const places = new Set(gateways.map(({ gateway }) => nameOf(gateway)));
    for (const { plan } of pods.filter((pod) => pod.plan.role === 'gateway')) {
      const place = placeOfPod(plan);
      if (place === undefined || gatewayOfPod(plan) !== undefined) continue;
      places.add(place);
      await gatewayAddresses.open(place, declaredGatewayPorts(plan.labels, { resources }));
    }
    gatewayAddresses.keep(places);
  }

  /** Services may have come after the pods. */
  async #withTcpPorts(pods: readonly RunningPod[], services: readonly TcpService[]): Promise<Pod[]> {
    const { kubeProxyPorts, tcpPorts } = this.#options;
    await kubeProxyPorts.openTcp(services);
    const opened: Pod[] = [];
    for (const { model, key } of pods) {
      const { sidecar } = model;
      const tcp = sidecar && (await tcpPorts.open(key, services));
      opened.push(sidecar && tcp ? { ...model, sidecar: { ...sidecar, tcpPorts: tcp } } : model);
    }
    return opened;
  }

  /** What HOST_MAP of a pod would be if it started now. */
  hostMapOf({ namespace, name, sidecar }: PodPlan, resources: readonly Resource[]): string {
    const { kubeProxyPorts, tcpPorts } = this.#options;
    const ports = sidecar ? tcpPorts.of(`${name}.${namespace}`) : (kubeProxyPorts.model?.tcpPorts ?? {});
    return hostMap({ services: tcpServices(resources), ports, namespace });
  }

  /** Its Envoy comes with the first pod without sidecar, or the first NodePort. */
  #prepareKubeProxy(): ProxyProcess | undefined {
    const { kubeProxyPorts } = this.#options;
    const model = kubeProxyPorts.model;
    if (!model || this.#kubeProxy) {
      return undefined;
    }
    const find = () => ({ role: 'kube-proxy' as const, kubeProxy: kubeProxyPorts.model ?? model });
    const process = this.#proxyProcess(kubeProxyName, find());
    const identity = { namespace: kubeProxyName.namespace, serviceAccount: kubeProxyName.name };
    this.#kubeProxy = { process, identity, find };
    return process;
  }

  #proxyProcess(
    { name, namespace }: { readonly name: string; readonly namespace: string },
    proxy: MeshProxy,
  ): ProxyProcess {
    const { state, envoy, xds } = this.#options;
    const key = `${name}.${namespace}`;
    return new ProxyProcess({
      name: key,
      proxy,
      adminSocket: adminSocket(state, key),
      envoy,
      xds,
      directory: join(state.proxies, key),
      log: new LogFile(join(state.pods, key, 'istio-proxy.log')),
      onChange: this.#onChange,
    });
  }
}

function proxyOf({ plan, proxy }: RunningPod): RunningProxy[] {
  const find = (mesh: Mesh) =>
    plan.role === 'gateway' ? gatewayIn(mesh, plan.name) : sidecarIn(mesh, plan.name, plan.namespace);
  return proxy ? [{ process: proxy, identity: plan, find }] : [];
}

/** Every pod of a gateway serves at the same ports of this machine, as the kernel shares connections among them. */
function placementOf(
  plan: PodPlan,
  installed: ReadonlyMap<number, number>,
  addresses: GatewayAddresses,
): GatewayPlacement {
  const { name, namespace, labels, serviceAccount, workload } = plan;
  const of = { name, namespace, labels, serviceAccount, workload };
  const madeFor = gatewayOfPod(plan);
  const key = placeOfPod(plan);
  if (key === undefined) return { ...of, ports: Object.fromEntries(installed) };
  const place = addresses.of(key);
  return {
    ...{ ...of, ports: Object.fromEntries(place?.ports ?? []) },
    ...(madeFor !== undefined && { madeFor }),
    ...(place && { address: place.address }),
  };
}
