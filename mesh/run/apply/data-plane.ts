import { join } from 'node:path';
import { adminPortOf } from '#mesh/envoy/bootstrap.ts';
import type { ZipkinCollector } from '#mesh/envoy/zipkin-collector.ts';
import { type TcpService, tcpServices } from '#mesh/model/build/tcp-services.ts';
import { buildMesh } from '#mesh/model/build.ts';
import type { Mesh, Proxy as MeshProxy, OutboundPolicy, StandIn } from '#mesh/model/mesh.ts';
import type { Pod } from '#mesh/model/pod.ts';
import { type GatewayPorts, gatewayNamespace, gatewayServiceAccount } from '#mesh/run/apply/gateway-ports.ts';
import type { KubeProxyPorts } from '#mesh/run/apply/kube-proxy-ports.ts';
import { gatewayIn, publish, type RunningProxy, sidecarIn } from '#mesh/run/apply/proxies.ts';
import type { Identities } from '#mesh/run/certificates/identities.ts';
import { ControlError } from '#mesh/run/control/control-error.ts';
import { hostMap } from '#mesh/run/pods/host-map.ts';
import type { PodPlan } from '#mesh/run/pods/pod-plan.ts';
import type { RunningPod } from '#mesh/run/pods/running-pod.ts';
import type { TcpPorts } from '#mesh/run/ports/tcp-ports.ts';
import { LogFile } from '#mesh/run/process/log-file.ts';
import { ProxyProcess } from '#mesh/run/proxies/proxy-process.ts';
import type { Rejection } from '#mesh/run/proxies/rejection.ts';
import type { StateDirectory } from '#mesh/run/state/state-directory.ts';
import type { XdsServer } from '#mesh/run/xds/xds-server.ts';
import type { Resource } from '#mesh/schema/resource.ts';

export interface DataPlaneOptions {
  readonly state: StateDirectory;
  readonly envoy: string;
  readonly xds: XdsServer;
  readonly outboundPolicy: OutboundPolicy;
  readonly identities: Identities;
  readonly gatewayPorts: GatewayPorts;
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
}

const kubeProxyName = { name: 'kube-proxy', namespace: 'kube-system' };

/** All Envoys of the mesh: the gateway's and kube-proxy's, which it starts itself, and the sidecars of the pods. */
export class DataPlane {
  readonly #options: DataPlaneOptions;
  readonly #onChange: () => void;
  #mesh: Mesh | undefined;
  #gateway: RunningProxy | undefined;
  #kubeProxy: RunningProxy | undefined;
  #sidecars: readonly RunningProxy[] = [];
  #version = 0;

  constructor(options: DataPlaneOptions, onChange: () => void) {
    this.#options = options;
    this.#onChange = onChange;
  }

  get gateway(): RunningProxy | undefined {
    return this.#gateway;
  }

  /** Every Envoy that runs or is about to. */
  get proxies(): readonly RunningProxy[] {
    return [...[this.#gateway, this.#kubeProxy].flatMap((proxy) => proxy ?? []), ...this.#sidecars];
  }

  /** The mesh that the Envoys were last brought to. */
  get model(): Mesh {
    if (!this.#mesh) {
      throw new ControlError(503, 'the mesh is not up yet');
    }
    return this.#mesh;
  }

  /** Starts the gateway's Envoy. */
  async start(desired: Desired): Promise<void> {
    const { name } = await this.#options.gatewayPorts.place([]);
    const proxy = gatewayIn(await this.#build(desired), name);
    if (!proxy) {
      throw new Error('the mesh that was built has no gateway');
    }
    this.#gateway = {
      process: this.#proxyProcess({ name, namespace: gatewayNamespace }, proxy),
      identity: { namespace: gatewayNamespace, serviceAccount: gatewayServiceAccount },
      find: (mesh) => gatewayIn(mesh, name),
    };
    await this.publish(desired);
    this.#gateway.process.start();
  }

  /** Brings every Envoy to what is desired; resolves when all have acknowledged, with those that refused. */
  async publish(desired: Desired): Promise<readonly Rejection[]> {
    const { identities, onProblem, zipkin } = this.#options;
    const mesh = await this.#build(desired);
    this.#mesh = mesh;
    this.#version += 1;
    this.#sidecars = desired.pods.flatMap(sidecarOf);
    const started = this.#prepareKubeProxy();
    const { proxies } = this;
    const version = String(this.#version);
    const rejections = await publish({
      ...{ mesh, proxies, identities, version, zipkin },
      resources: desired.resources,
    });
    started?.start();
    for (const { proxy, reason } of rejections) {
      onProblem(`${proxy} refused its configuration: ${reason}`);
    }
    return rejections;
  }

  async stop(): Promise<void> {
    await Promise.all([this.#gateway?.process.stop(), this.#kubeProxy?.process.stop()]);
  }

  async #build({ resources, pods }: Desired): Promise<Mesh> {
    const { gatewayPorts, kubeProxyPorts, standIns, outboundPolicy } = this.#options;
    await kubeProxyPorts.openNodePorts(resources);
    return buildMesh({
      resources,
      pods: await this.#withTcpPorts(pods, tcpServices(resources)),
      gateways: [await gatewayPorts.place(resources)],
      standIns,
      outboundPolicy,
    });
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
      adminPort: adminPortOf(proxy),
      envoy,
      xds,
      directory: join(state.proxies, key),
      log: new LogFile(join(state.pods, key, 'istio-proxy.log')),
      onChange: this.#onChange,
    });
  }
}

function sidecarOf({ plan, proxy }: RunningPod): RunningProxy[] {
  const find = (mesh: Mesh) => sidecarIn(mesh, plan.name, plan.namespace);
  return proxy ? [{ process: proxy, identity: plan, find }] : [];
}
