import { join } from 'node:path';
import { type Console, serveConsole } from '#mesh/console/console.ts';
import { createAuthority, rootValidity } from '#mesh/istiod/ca/authority.ts';
import { createIdentities } from '#mesh/istiod/ca/identities.ts';
import type { StandIn } from '#mesh/istiod/model/mesh.ts';
import { XdsServer } from '#mesh/istiod/xds/xds-server.ts';
import { Programs } from '#mesh/kubelet/binary/programs.ts';
import { ContainerEngine } from '#mesh/kubelet/containers/engine.ts';
import { PodFactory, type PodFactoryOptions } from '#mesh/kubelet/pod-factory.ts';
import { ImageSource } from '#mesh/kubelet/pods/image-source.ts';
import { GatewayAddresses } from '#mesh/kubelet/ports/gateway-addresses.ts';
import { createGatewayPorts, type GatewayPorts, gatewayPortOf } from '#mesh/kubelet/ports/gateway-ports.ts';
import { KubeProxyPorts } from '#mesh/kubelet/ports/kube-proxy-ports.ts';
import { createPorts, type Ports, TcpPorts } from '#mesh/kubelet/ports/ports.ts';
import { LogFile } from '#mesh/kubelet/process/log-file.ts';
import { PlayHost } from '#mesh/kubelet/stand-ins/play-host.ts';
import { runStandIns, type StandIns } from '#mesh/kubelet/stand-ins/run-stand-ins.ts';
import type { StateDirectory } from '#mesh/kubelet/state/state-directory.ts';
import { projectRoot } from '#mesh/project-root.ts';
import { type AdminPages, serveAdminPages } from '#mesh/run/admin/admin-pages.ts';
import { createApi, createStorage, install } from '#mesh/run/api-server/create-api.ts';
import { startApiServer } from '#mesh/run/api-server/start-api-server.ts';
import { startControllers } from '#mesh/run/api-server/start-controllers.ts';
import { FileApplier } from '#mesh/run/apply/apply-files.ts';
import { LocalMesh } from '#mesh/run/apply/local-mesh.ts';
import { standInWarnings } from '#mesh/run/apply/stand-in-warnings.ts';
import { serveControlPlane } from '#mesh/run/istiod/serve-control-plane.ts';
import { type MeshMetrics, metricsTargets, serveMetrics } from '#mesh/run/metrics/serve-metrics.ts';
import type { RunnerOptions } from '#mesh/run/runner-options.ts';
import { spansUrl, tracesTarget } from '#mesh/run/traces/traces-target.ts';
import { startTracing, type Tracing, tracePageOf } from '#mesh/run/traces/tracing.ts';
import { textOf } from '#mesh/serve/http-server.ts';
import { createProcessLog } from '#mesh/serve/process-log.ts';

const trustDomain = 'cluster.local';
const istiodNames = ['istiod.istio-system.svc', 'istiod.istio-system.svc.cluster.local', 'istiod'];

/** The runner's own. */
export const log = createProcessLog();

export interface RunningMesh {
  readonly mesh: LocalMesh;
  readonly files: FileApplier;
  readonly gatewayPorts: GatewayPorts;
  readonly standIns: readonly StandIn[];
  readonly metrics: MeshMetrics;
  readonly admin: AdminPages;
  readonly console: Console;
  /** Absent when nothing is traced. */
  readonly tracing?: Tracing;
  readonly log: (message: string) => void;
  /** What stand-ins and the trace collector write. */
  readonly logs: readonly LogFile[];
  /** Ends every process. */
  stop(): Promise<void>;
  releasePorts(): void;
}

export interface BringUpOptions {
  readonly state: StateDirectory;
  readonly options: RunnerOptions;
  readonly env: NodeJS.ProcessEnv;
  /** The wall clock by which certificates are issued. */
  readonly now?: () => Date;
}

/**
 * Starts what every mesh has before anything is applied: authorities, the stand-ins, the trace collector and the gateway's
 * Envoy.
 */
export async function bringUp({ state, options, env, now }: BringUpOptions): Promise<RunningMesh> {
  const engine = options.containers && (await findEngine(options.containers, state, env));
  const images = new ImageSource({
    env: { ...env, ...(options.images !== undefined && { MESH_IMAGES: options.images }) },
    ...{ cwd: options.cwd, standIns: options.noStandIns !== true, onProblem: log },
    containers: engine !== undefined,
  });
  const players = new PlayHost(new LogFile(join(state.root, 'players.log')));
  const programs = new Programs({ env, progress: log });
  const wanted = gatewayPortOf(env);
  const target = tracesTarget(options.tracesTo, env);
  const ports = createPorts();
  const tracing = await startTracing({ target, ports, directory: state.root, env });
  const authority = await createAuthority('mesh101', now);
  const identities = createIdentities({ authority, trustDomain, ...(now && { now }) });
  const gatewayPorts = await createGatewayPorts({ ports, wanted });
  const gatewayAddresses = new GatewayAddresses(ports);
  const kubeProxy = new KubeProxyPorts(ports);
  const tcpPorts = new TcpPorts(ports);
  const standIns = options.live ? undefined : await startStandIns(state, ports);
  const { envoy, outboundPolicy, seed } = options;
  const xds = new XdsServer(state.xdsSocket, log);
  await xds.listen();
  const pods: Omit<PodFactoryOptions, 'onChange'> = {
    ...{ state, ports, kubeProxy, tcpPorts, images, programs, envoy, xds, host: env },
    ...{ gatewayPorts, gatewayAddresses },
    ...(standIns && { trust: standIns.trust }),
    players,
    ...(engine && { engine }),
    ...(tracing && {
      collector: {
        zipkin: spansUrl(tracing.collector),
        ...(tracing.otlp && { otlp: tracing.otlp }),
        page: tracePageOf(tracing.page),
      },
    }),
    ...(seed === undefined ? {} : { seed }),
  };
  const storage = createStorage();
  const mesh = new LocalMesh({
    ...{ state, envoy, xds, outboundPolicy, identities, gatewayPorts, tcpPorts },
    gatewayAddresses,
    api: (admit) => createApi(storage, admit),
    controllers: (api) =>
      startControllers({
        ...{ api, kinds: storage.kinds, roots: identities.root.certificate },
        gatewayPorts: gatewayPorts.local,
        gatewayAddresses,
        onProblem: (message) => log(message),
      }),
    kubeProxyPorts: kubeProxy,
    standInWarnings: standInWarnings((resources) => images.tableFor(resources)),
    standIns: standIns?.hosts ?? [],
    ...(tracing && { zipkin: tracing.collector }),
    onProblem: log,
    podFactory: (onChange) => new PodFactory({ ...pods, onChange }),
  });
  const metrics = await serveMetrics({
    ports,
    targets: () => metricsTargets(mesh),
    onBug: (error) => log(`metrics: ${textOf(error)}`),
  });
  const admin = await serveAdminPages({
    ports,
    envoys: () => mesh.dataPlane.proxies.map(({ process }) => process),
    onBug: (error) => log(`admin pages: ${textOf(error)}`),
  });
  await install(mesh.api, identities.root.certificate);
  const files = new FileApplier({ api: mesh.api, facts: storage.facts, images, cwd: options.cwd });
  const controlPlane = await serveControlPlane({
    ...{ mesh, state },
    certificate: await authority.issue({ dnsNames: istiodNames, validity: rootValidity }),
    onBug: (error) => log(`control plane: ${textOf(error)}`),
  });
  const apiServer = await startApiServer({
    ...{ mesh, ports, env, file: state.kubeconfig },
    storage,
    own: new LogFile(state.log),
    controlPlane: controlPlane.ports,
    onBug: (error) => log(`API server: ${textOf(error)}`),
  });
  const console = await serveConsole({
    ...{ ports, files, api: mesh.api, gatewayPorts: gatewayPorts.local },
    openApi: apiServer.openApi,
    mesh: () => mesh.dataPlane.current,
    pods: () => mesh.pods,
    adminUrl: ({ proxy }) => proxy && admin.urlOf(proxy.name),
    metrics: () => metricsTargets(mesh),
    traces: tracing?.embedded ? tracing.page.url : undefined,
    otherTraces: tracing?.embedded ? undefined : tracing?.page.url,
    walkthroughs: {
      root: projectRoot,
      shell: { shell: [join(projectRoot, 'bin/mesh'), 'shell', '-c', 'sh'], env, cwd: projectRoot },
    },
    onBug: (error) => log(`console: ${textOf(error)}`),
  });
  return {
    ...{ mesh, files, gatewayPorts, metrics, admin, console, log },
    standIns: standIns?.hosts ?? [],
    logs: [players.log, standIns?.log, tracing?.embedded?.log].flatMap((file) => file ?? []),
    ...(tracing && { tracing }),
    releasePorts: () => ports.releaseAll(),
    async stop() {
      apiServer.close();
      controlPlane.close();
      metrics.stop();
      admin.stop();
      console.stop();
      await mesh.stop();
      kubeProxy.close();
      players.stop();
      await engine?.stop().catch((error: Error) => log(`containers may be left: ${error.message}`));
      xds.close();
      await Promise.all([standIns?.stop(1_000), tracing?.embedded?.stop(1_000)]);
    },
  };
}

function findEngine(
  wanted: 'docker' | 'podman' | 'any',
  state: StateDirectory,
  env: NodeJS.ProcessEnv,
): Promise<ContainerEngine> {
  return ContainerEngine.find({ wanted, env, label: state.root });
}

async function startStandIns(state: StateDirectory, ports: Ports): Promise<StandIns> {
  const authority = await createAuthority('mesh101 stand-ins');
  const log = new LogFile(join(state.root, 'stand-ins.log'));
  return runStandIns({ authority, ports, directory: state.certificates, log });
}
