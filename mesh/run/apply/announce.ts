import { gatewayName } from '#mesh/run/apply/gateway-ports.ts';
import type { RunningProxy } from '#mesh/run/apply/proxies.ts';
import type { UpEvents } from '#mesh/run/apply/up-events.ts';
import type { RunningPod } from '#mesh/run/pods/running-pod.ts';

/** A program that ended this often before its pod was ever ready is not going to start. */
const hopelessRestarts = 3;

export interface Announced {
  readonly pods: readonly RunningPod[];
  /** The pods that were ready when the Envoys were last told. */
  readonly ready: ReadonlySet<RunningPod>;
  readonly proxies: readonly RunningProxy[];
  readonly gateway: RunningProxy | undefined;
}

/** Tells those who wait for the mesh how far it is. */
export function announce(events: UpEvents, { pods, ready, proxies, gateway }: Announced): void {
  for (const pod of pods.filter(({ terminating }) => !terminating)) {
    events.step(`pod ${pod.plan.name}`, ready.has(pod) ? 'done' : 'started');
  }
  if (gateway) {
    events.step(gatewayName, gateway.process.ready ? 'done' : 'started');
  }
  const reason = failure({ pods, proxies });
  if (reason !== undefined) {
    events.failed(reason);
  }
  if (pods.every((pod) => ready.has(pod)) && proxies.every(({ process }) => process.ready)) {
    events.ready();
  }
}

/** Why the mesh will not become ready, when that is certain. */
function failure({ pods, proxies }: Pick<Announced, 'pods' | 'proxies'>): string | undefined {
  const envoy = proxies.find(
    ({ process: { ready, program } }) => !ready && program.restarts >= hopelessRestarts,
  );
  if (envoy) {
    return `the Envoy of ${envoy.process.name} does not start`;
  }
  const pod = pods.find((candidate) => !candidate.wasReady && isHopeless(candidate));
  return pod && `pod ${pod.plan.name} does not start`;
}

/** Exit code 78 (EX_CONFIG) says that trying again is no use. */
function isHopeless({ containers }: RunningPod): boolean {
  return containers.some(
    ({ program: { lastExit, restarts } }) => lastExit?.code === 78 || restarts >= hopelessRestarts,
  );
}
