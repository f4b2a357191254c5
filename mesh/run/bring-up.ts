import { join } from 'node:path';
import process from 'node:process';
import type { StandIn } from '#mesh/model/mesh.ts';
import { gatewayPortOf } from '#mesh/run/apply/gateway-port.ts';
import { createGatewayPorts, type GatewayPorts } from '#mesh/run/apply/gateway-ports.ts';
import { KubeProxyPorts } from '#mesh/run/apply/kube-proxy-ports.ts';
import { LocalMesh } from '#mesh/run/apply/local-mesh.ts';
import { PodFactory, type PodFactoryOptions } from '#mesh/run/apply/pod-factory.ts';
import { Programs } from '#mesh/run/binary/programs.ts';
import { createAuthority } from '#mesh/run/certificates/authority.ts';
import { createIdentities, type Identities } from '#mesh/run/certificates/identities.ts';
import { metricsTargets } from '#mesh/run/metrics/metrics-targets.ts';
import { type MeshMetrics, serveMetrics } from '#mesh/run/metrics/serve-metrics.ts';
import { initialSnapshot } from '#mesh/run/objects/snapshot.ts';
import { loadImages } from '#mesh/run/pods/images.ts';
import { createPorts, type Ports } from '#mesh/run/ports/ports.ts';
import { TcpPorts } from '#mesh/run/ports/tcp-ports.ts';
import { LogFile } from '#mesh/run/process/log-file.ts';
import type { RunnerOptions } from '#mesh/run/runner-options.ts';
import { runStandIns, type StandIns } from '#mesh/run/stand-ins/run-stand-ins.ts';
import type { StateDirectory } from '#mesh/run/state/state-directory.ts';
import { spansUrl } from '#mesh/run/traces/probe-collector.ts';
import { tracesTarget } from '#mesh/run/traces/traces-target.ts';
import { startTracing, type Tracing } from '#mesh/run/traces/tracing.ts';
import { XdsServer } from '#mesh/run/xds/xds-server.ts';

const trustDomain = 'cluster.local';

export interface RunningMesh {
  readonly mesh: LocalMesh;
  readonly gatewayPorts: GatewayPorts;
  readonly identities: Identities;
  readonly standIns: readonly StandIn[];
  readonly metrics: MeshMetrics;
  /** Absent when nothing is traced. */
  readonly tracing?: Tracing;
  readonly log: (message: string) => void;
  /** Ends every process. */
  stop(): Promise<void>;
  releasePorts(): void;
}

export interface BringUpOptions {
  readonly state: StateDirectory;
  readonly options: RunnerOptions;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Starts what every mesh has before anything is applied: authorities, the stand-ins, the trace collector and the gateway's
 * Envoy.
 */
export async function bringUp({ state, options, env }: BringUpOptions): Promise<RunningMesh> {
  const images = loadImages(env, options.cwd);
  const programs = new Programs({ env, progress: log });
  const wanted = gatewayPortOf(env);
  const target = tracesTarget(options.tracesTo, env);
  const ports = createPorts();
  const tracing = await startTracing({ target, ports, directory: state.root, env });
  const identities = createIdentities({ authority: await createAuthority('mesh101'), trustDomain });
  const gatewayPorts = await createGatewayPorts({ ports, adminPort: await ports.lease(), wanted });
  const kubeProxy = new KubeProxyPorts(ports);
  const tcpPorts = new TcpPorts(ports);
  const standIns = options.live ? undefined : await startStandIns(state, ports);
  const { envoy, outboundPolicy, seed } = options;
  const xds = new XdsServer(state.xdsSocket, log);
  await xds.listen();
  const pods: Omit<PodFactoryOptions, 'onChange'> = {
    ...{ state, ports, kubeProxy, tcpPorts, images, programs, envoy, xds, host: env },
    ...(standIns && { trust: standIns.trust }),
    ...(tracing && { zipkinUrl: spansUrl(tracing.collector) }),
    ...(seed === undefined ? {} : { seed }),
  };
  const mesh = new LocalMesh({
    ...{ state, envoy, xds, outboundPolicy, images, programs, identities, gatewayPorts, tcpPorts },
    snapshot: initialSnapshot(),
    kubeProxyPorts: kubeProxy,
    standIns: standIns?.hosts ?? [],
    ...(tracing && { zipkin: tracing.collector }),
    onProblem: log,
    podFactory: (onChange) => new PodFactory({ ...pods, onChange }),
  });
  const metrics = await serveMetrics(ports, () => metricsTargets(mesh));
  await mesh.start();
  return {
    ...{ mesh, gatewayPorts, identities, metrics, log },
    standIns: standIns?.hosts ?? [],
    ...(tracing && { tracing }),
    releasePorts: () => ports.releaseAll(),
    async stop() {
      metrics.stop();
      await mesh.stop();
      xds.close();
      await Promise.all([standIns?.stop(1_000), tracing?.embedded?.stop(1_000)]);
    },
  };
}

async function startStandIns(state: StateDirectory, ports: Ports): Promise<StandIns> {
  const authority = await createAuthority('mesh101 stand-ins');
  const log = new LogFile(join(state.root, 'stand-ins.log'));
  return runStandIns({ authority, ports, directory: state.certificates, log });
}

/** The runner's own log is its standard error. */
function log(message: string): void {
  process.stderr.write(`${new Date().toISOString()} ${message}\n`);
}
