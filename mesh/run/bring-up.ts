import { join } from 'node:path';
import process from 'node:process';
import type { StandIn } from '#mesh/model/mesh.ts';
import { gatewayPortOf } from '#mesh/run/apply/gateway-port.ts';
import { createGatewayPorts, type GatewayPorts } from '#mesh/run/apply/gateway-ports.ts';
import { KubeProxyPorts } from '#mesh/run/apply/kube-proxy-ports.ts';
import { LocalMesh } from '#mesh/run/apply/local-mesh.ts';
import { PodFactory, type PodFactoryOptions } from '#mesh/run/apply/pod-factory.ts';
import { createAuthority } from '#mesh/run/certificates/authority.ts';
import { createIdentities, type Identities } from '#mesh/run/certificates/identities.ts';
import { initialSnapshot } from '#mesh/run/objects/snapshot.ts';
import { loadImages } from '#mesh/run/pods/images.ts';
import { createPorts, type Ports } from '#mesh/run/ports/ports.ts';
import { LogFile } from '#mesh/run/process/log-file.ts';
import type { RunnerOptions } from '#mesh/run/runner-options.ts';
import { runStandIns, type StandIns } from '#mesh/run/stand-ins/run-stand-ins.ts';
import type { StateDirectory } from '#mesh/run/state/state-directory.ts';

const trustDomain = 'cluster.local';

export interface RunningMesh {
  readonly mesh: LocalMesh;
  readonly gatewayPorts: GatewayPorts;
  readonly identities: Identities;
  readonly standIns: readonly StandIn[];
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

/** Starts what every mesh has before anything is applied: authorities, the stand-ins, and the gateway's Envoy. */
export async function bringUp({ state, options, env }: BringUpOptions): Promise<RunningMesh> {
  const images = loadImages(env, options.cwd);
  const wanted = gatewayPortOf(env);
  const ports = createPorts();
  const identities = createIdentities({ authority: await createAuthority('mesh101'), trustDomain });
  const gatewayPorts = await createGatewayPorts({ ports, adminPort: await ports.lease(), wanted });
  const kubeProxy = new KubeProxyPorts(ports);
  const standIns = options.live ? undefined : await startStandIns(state, ports);
  const { envoy, outboundPolicy, seed } = options;
  const pods: Omit<PodFactoryOptions, 'onChange'> = {
    ...{ state, ports, kubeProxy, images, envoy, host: env },
    ...(standIns && { trust: standIns.trust }),
    ...(seed === undefined ? {} : { seed }),
  };
  const mesh = new LocalMesh({
    ...{ state, envoy, outboundPolicy, images, identities, gatewayPorts },
    snapshot: initialSnapshot(),
    kubeProxyPorts: kubeProxy,
    standIns: standIns?.hosts ?? [],
    onProblem: log,
    podFactory: (onChange) => new PodFactory({ ...pods, onChange }),
  });
  await mesh.start();
  return {
    ...{ mesh, gatewayPorts, identities, log },
    standIns: standIns?.hosts ?? [],
    releasePorts: () => ports.releaseAll(),
    async stop() {
      await mesh.stop();
      await standIns?.stop(1_000);
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
