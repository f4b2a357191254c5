import { join } from 'node:path';
import { tcpServices } from '#mesh/model/build/tcp-services.ts';
import type { PodPort, Sidecar } from '#mesh/model/pod.ts';
import type { KubeProxyPorts } from '#mesh/run/apply/kube-proxy-ports.ts';
import type { Programs } from '#mesh/run/binary/programs.ts';
import { hostMap } from '#mesh/run/pods/host-map.ts';
import type { ImageTable } from '#mesh/run/pods/images.ts';
import { isInjected } from '#mesh/run/pods/injection.ts';
import { podName, randomSuffix } from '#mesh/run/pods/names.ts';
import { neededPorts, planPod } from '#mesh/run/pods/plan-pod.ts';
import { PodAddresses } from '#mesh/run/pods/pod-addresses.ts';
import type { PodPlan } from '#mesh/run/pods/pod-plan.ts';
import type { RunnerVariablesInput } from '#mesh/run/pods/runner-variables.ts';
import { RunningPod } from '#mesh/run/pods/running-pod.ts';
import { makeClaimFolders } from '#mesh/run/pods/volume-map.ts';
import type { Ports } from '#mesh/run/ports/ports.ts';
import type { TcpPorts } from '#mesh/run/ports/tcp-ports.ts';
import { LogFile } from '#mesh/run/process/log-file.ts';
import { ProxyProcess } from '#mesh/run/proxies/proxy-process.ts';
import type { StateDirectory } from '#mesh/run/state/state-directory.ts';
import type { XdsServer } from '#mesh/run/xds/xds-server.ts';
import { type Deployment, ofKind, type Resource } from '#mesh/schema/resource.ts';

export interface PodFactoryOptions {
  readonly state: StateDirectory;
  readonly ports: Ports;
  readonly kubeProxy: KubeProxyPorts;
  readonly tcpPorts: TcpPorts;
  readonly images: ImageTable;
  readonly programs: Programs;
  readonly envoy: string;
  readonly xds: XdsServer;
  readonly host: NodeJS.ProcessEnv;
  readonly trust?: RunnerVariablesInput['trust'];
  readonly zipkinUrl?: string;
  readonly seed?: number;
  readonly onChange: (pod: RunningPod) => void;
}

/** Makes pods of Deployments: leases their ports, plans them, and prepares their processes without starting them. */
export class PodFactory {
  readonly #options: PodFactoryOptions;
  readonly #addresses = new PodAddresses();

  constructor(options: PodFactoryOptions) {
    this.#options = options;
  }

  async create(
    deployment: Deployment,
    templateHash: string,
    resources: readonly Resource[],
  ): Promise<RunningPod> {
    const { ports, kubeProxy, tcpPorts, images, programs, state, host, trust, zipkinUrl, seed } =
      this.#options;
    const { namespace } = deployment.metadata;
    const ofNamespace = ofKind(resources, 'Namespace').find(({ metadata }) => metadata.name === namespace);
    const injected = isInjected(deployment, ofNamespace);
    const sidecar = injected
      ? { outboundPort: await ports.lease(), adminPort: await ports.lease() }
      : undefined;
    const suffix = randomSuffix();
    const outboundPort = sidecar?.outboundPort ?? (await kubeProxy.outboundPort(namespace));
    const services = tcpServices(resources);
    const tcp = sidecar
      ? await tcpPorts.open(`${podName(deployment, templateHash, suffix)}.${namespace}`, services)
      : await kubeProxy.openTcp(services);
    await makeClaimFolders(deployment, state.volumes);
    const plan = planPod({
      deployment,
      templateHash,
      suffix,
      address: this.#addresses.lease(),
      hostMap: hostMap({ services, ports: tcp, namespace }),
      resources,
      images,
      programs,
      volumes: state.volumes,
      host,
      ports: await this.#leasePorts(neededPorts(deployment, resources), injected),
      outboundPort,
      ...(sidecar && { sidecar }),
      ...(trust && { trust }),
      ...(zipkinUrl && { zipkinUrl }),
      ...(seed === undefined ? {} : { seed }),
    });
    return this.#prepare(plan);
  }

  /** Gives address and ports back once nothing is bound to them. */
  release({ name, namespace, address, ports: podPorts, sidecar }: PodPlan): void {
    this.#addresses.release(address);
    this.#options.tcpPorts.release(`${name}.${namespace}`);
    const leased = podPorts.flatMap(({ appPort, inboundPort }) => [appPort, inboundPort]);
    for (const port of [...leased, ...(sidecar ? [sidecar.outboundPort, sidecar.adminPort] : [])]) {
      this.#options.ports.release(port);
    }
  }

  async #leasePorts(
    needed: readonly { port: number; name?: string }[],
    injected: boolean,
  ): Promise<PodPort[]> {
    const { ports } = this.#options;
    const leased: PodPort[] = [];
    for (const { port, name } of needed) {
      const appPort = await ports.lease();
      const inboundPort = injected ? await ports.lease() : appPort;
      leased.push({ containerPort: port, appPort, inboundPort, ...(name === undefined ? {} : { name }) });
    }
    return leased;
  }

  #prepare(plan: PodPlan): RunningPod {
    const { state, onChange } = this.#options;
    const logs = join(state.pods, `${plan.name}.${plan.namespace}`);
    const pod: RunningPod = new RunningPod({
      plan,
      logs,
      onChange,
      ...(plan.sidecar && {
        proxy: this.#proxy(plan, plan.sidecar, { logs, onChange: () => onChange(pod) }),
      }),
    });
    return pod;
  }

  #proxy(
    plan: PodPlan,
    sidecar: Sidecar,
    { logs, onChange }: { logs: string; onChange: () => void },
  ): ProxyProcess {
    const name = `${plan.name}.${plan.namespace}`;
    const { namespace, labels, serviceAccount, ports, deployment: workload } = plan;
    const pod = {
      name: plan.name,
      workload,
      namespace,
      labels,
      serviceAccount,
      ports,
      sidecar,
      ready: false,
    };
    return new ProxyProcess({
      name,
      proxy: { role: 'sidecar', pod, sidecar },
      adminPort: sidecar.adminPort,
      envoy: this.#options.envoy,
      xds: this.#options.xds,
      directory: join(this.#options.state.proxies, name),
      log: new LogFile(join(logs, 'istio-proxy.log')),
      onChange,
    });
  }
}
