import { join } from 'node:path';
import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import { proxyEnvironment } from '#mesh/istiod/config/build/proxy-environment.ts';
import { tcpServices } from '#mesh/istiod/config/build/tcp-services.ts';
import type { Pod, Resource } from '#mesh/istiod/config/schema/resource.ts';
import type { Proxy as MeshProxy } from '#mesh/istiod/model/mesh.ts';
import type { XdsServer } from '#mesh/istiod/xds/xds-server.ts';
import type { Programs } from '#mesh/kubelet/binary/programs.ts';
import type { ContainerEngine } from '#mesh/kubelet/containers/engine.ts';
import { settingsOf } from '#mesh/kubelet/containers/plan-real.ts';
import { mountsOf, writeConfigVolumes } from '#mesh/kubelet/pods/config-volumes.ts';
import { extendTable } from '#mesh/kubelet/pods/container-command.ts';
import { findImage, type ImageTable, isReal } from '#mesh/kubelet/pods/images.ts';
import { sidecarContainer } from '#mesh/kubelet/pods/injection.ts';
import { leasePorts, neededPorts, PodAddresses } from '#mesh/kubelet/pods/needed-ports.ts';
import { factsOf, planPod, startedContainers } from '#mesh/kubelet/pods/plan-pod.ts';
import { type PodPlan, proxyOf, workloadOf } from '#mesh/kubelet/pods/pod-plan.ts';
import { hostMap, type RunnerVariablesInput } from '#mesh/kubelet/pods/runner-variables.ts';
import { RunningPod } from '#mesh/kubelet/pods/running-pod.ts';
import { roleOf, type SystemRole, systemPlan } from '#mesh/kubelet/pods/system-pod.ts';
import { makeClaimFolders } from '#mesh/kubelet/pods/volume-map.ts';
import { type GatewayAddresses, placeOfPod } from '#mesh/kubelet/ports/gateway-addresses.ts';
import { type GatewayPorts, gatewayPodPorts, listenerPodPorts } from '#mesh/kubelet/ports/gateway-ports.ts';
import type { KubeProxyPorts } from '#mesh/kubelet/ports/kube-proxy-ports.ts';
import type { Ports, TcpPorts } from '#mesh/kubelet/ports/ports.ts';
import { newLogFile } from '#mesh/kubelet/process/log-file.ts';
import { ProxyProcess, type ProxyProcessOptions } from '#mesh/kubelet/proxy/proxy-process.ts';
import type { PlayHost } from '#mesh/kubelet/stand-ins/play-host.ts';
import { adminSocket, type StateDirectory } from '#mesh/kubelet/state/state-directory.ts';

export interface PodFactoryOptions {
  readonly state: StateDirectory;
  readonly ports: Ports;
  readonly kubeProxy: KubeProxyPorts;
  readonly tcpPorts: TcpPorts;
  readonly images: { tableFor(resources: readonly Resource[]): ImageTable };
  readonly players?: PlayHost;
  /** Runs real images. */
  readonly engine?: ContainerEngine;
  readonly programs: Programs;
  readonly envoy: string;
  readonly xds: XdsServer;
  readonly host: NodeJS.ProcessEnv;
  readonly trust?: RunnerVariablesInput['trust'];
  readonly collector?: RunnerVariablesInput['collector'];
  readonly seed?: number;
  readonly gatewayPorts: Pick<GatewayPorts, 'local'>;
  readonly gatewayAddresses: Pick<GatewayAddresses, 'of'>;
  readonly onChange: (pod: RunningPod) => void;
}

export interface NewPod {
  /** As the store has it. */
  readonly object: KubernetesObject;
  readonly pod: Pod;
  readonly resources: readonly Resource[];
}

interface Creation extends NewPod {
  readonly images: ImageTable;
  readonly address: string;
  readonly lease: () => Promise<number>;
}

/** The image of a container has no program here, or the program cannot be found or fetched. */
export class ImageError extends Error {
  override readonly name = 'ImageError';
}

async function orImageError(provided: Promise<unknown>, what: string): Promise<void> {
  await provided.catch((error: Error) => {
    throw new ImageError(`${what}: ${error.message}`, { cause: error });
  });
}

/** Makes pods from their objects: leases their ports, plans them, and prepares their processes without starting them. */
export class PodFactory {
  readonly #options: PodFactoryOptions;
  readonly #addresses = new PodAddresses();

  constructor(options: PodFactoryOptions) {
    this.#options = options;
  }

  /**
   * Makes a pod, or throws and gives back all its leases.
   *
   * @throws ImageError
   */
  async create(wanted: NewPod): Promise<RunningPod> {
    const role = roleOf(wanted.pod);
    if (role !== 'workload') return this.#prepare(this.#systemPlan(wanted, role), wanted.resources);
    const images = this.#options.images.tableFor(wanted.resources);
    await this.#provideImages(wanted, images);
    const leased: number[] = [];
    const lease = async () => {
      const port = await this.#options.ports.lease();
      leased.push(port);
      return port;
    };
    const address = this.#addresses.lease();
    try {
      return await this.#create({ ...wanted, images, address, lease });
    } catch (error) {
      this.#addresses.release(address);
      const { name, namespace } = wanted.pod.metadata;
      this.#options.tcpPorts.release(`${name}.${namespace}`);
      for (const port of leased) this.#options.ports.release(port);
      throw error;
    }
  }

  async #create({ object, pod, resources, images, address, lease }: Creation): Promise<RunningPod> {
    const { kubeProxy, tcpPorts, programs, engine, state, host, trust, collector, seed } = this.#options;
    const { name, namespace } = pod.metadata;
    const injected = pod.spec.containers.some((container) => container.name === sidecarContainer);
    const sidecar = injected ? { outboundPort: await lease() } : undefined;
    const outboundPort = sidecar?.outboundPort ?? (await kubeProxy.outboundPort(namespace));
    const services = tcpServices(resources);
    const tcp = sidecar
      ? await tcpPorts.open(`${name}.${namespace}`, services)
      : await kubeProxy.openTcp(services);
    await makeClaimFolders(pod, state.volumes);
    const { uid } = object.metadata;
    const folder = mountsOf(state.pods, pod.metadata);
    const files = await writeConfigVolumes({ pod, facts: factsOf({ pod, uid, address }), resources, folder });
    // For others, nothing beside their own programs is to get out by their sidecars.
    const hasReal = startedContainers(pod).some(({ image }) => isReal(findImage(images, image)));
    const plan = planPod({
      pod,
      uid,
      workload: workloadOf(object.metadata),
      address,
      hostMap: hostMap({ services, ports: tcp, namespace }),
      resources,
      images,
      programs,
      volumes: state.volumes,
      files,
      host,
      ports: await leasePorts(neededPorts({ pod, resources, images }), { injected, lease }),
      outboundPort,
      ...(sidecar && { sidecar }),
      ...(trust && { trust }),
      ...(collector && { collector }),
      ...(seed === undefined ? {} : { seed }),
      ...(engine && hasReal && { containers: { engine, object, wayOut: await engine.wayOut(outboundPort) } }),
    });
    return this.#prepare(plan, resources);
  }

  /** A gateway's ports are those of the gateways, or of the Gateway that it was made for. */
  #systemPlan(wanted: NewPod, role: SystemRole): PodPlan {
    const { gatewayPorts, gatewayAddresses } = this.#options;
    const place = placeOfPod(wanted.pod.metadata);
    const ports = () =>
      place === undefined
        ? gatewayPodPorts(gatewayPorts.local)
        : listenerPodPorts(gatewayAddresses.of(place)?.ports);
    return systemPlan({ ...wanted, role, address: this.#addresses.lease(), ports });
  }

  /** Finds or fetches the programs of a pod's images, as a kubelet pulls them. */
  async #provideImages({ pod, object }: NewPod, images: ImageTable): Promise<void> {
    const { programs, engine } = this.#options;
    for (const { image, name } of startedContainers(pod)) {
      const found = findImage(images, image);
      if (!found) throw new ImageError(`no program here plays the image ${image}; ${extendTable(images)}`);
      if (isReal(found)) {
        if (!engine)
          throw new ImageError(`the image ${image} is to run in a container: mesh up --containers`);
        const { imagePullPolicy = 'IfNotPresent' } = settingsOf(object, name);
        await orImageError(engine.provide(image, imagePullPolicy), `the image ${image} cannot be had`);
      } else if (found.program) {
        await orImageError(programs.provide(found.program), `the image ${image} needs ${found.program}`);
      }
    }
  }

  /** Gives address and ports back once nothing is bound to them. */
  release({ name, namespace, address, role, ports: podPorts, sidecar }: PodPlan): void {
    this.#addresses.release(address);
    this.#options.tcpPorts.release(`${name}.${namespace}`);
    // A gateway's are those of its Service, and stay.
    if (role !== 'workload') return;
    if (sidecar) void this.#options.engine?.closeWay(sidecar.outboundPort);
    const leased = podPorts.flatMap(({ appPort, inboundPort }) => [appPort, inboundPort]);
    for (const port of [...leased, ...(sidecar ? [sidecar.outboundPort] : [])]) {
      this.#options.ports.release(port);
    }
  }

  #prepare(plan: PodPlan, resources: readonly Resource[]): RunningPod {
    const { state, onChange, players } = this.#options;
    const logs = join(state.pods, `${plan.name}.${plan.namespace}`);
    const role = proxyOf(plan);
    const pod: RunningPod = new RunningPod({
      plan,
      logs,
      onChange,
      ...(players && { host: players }),
      ...(role && {
        proxy: this.#proxy(plan, role, {
          ...{ logs, onChange: () => pod.changed() },
          environment: proxyEnvironment(plan, resources),
        }),
      }),
    });
    return pod;
  }

  #proxy(
    plan: PodPlan,
    proxy: MeshProxy,
    { logs, onChange, environment }: Pick<ProxyProcessOptions, 'onChange' | 'environment'> & { logs: string },
  ): ProxyProcess {
    const name = `${plan.name}.${plan.namespace}`;
    return new ProxyProcess({
      name,
      proxy,
      adminSocket: adminSocket(this.#options.state, name),
      envoy: this.#options.envoy,
      xds: this.#options.xds,
      directory: join(this.#options.state.proxies, name),
      log: newLogFile(join(logs, 'istio-proxy.log')),
      ...(environment && { environment }),
      onChange,
    });
  }
}
