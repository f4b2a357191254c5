import { gatewayName } from '#mesh/run/apply/gateway-ports.ts';
import type { RunningProxy } from '#mesh/run/apply/proxies.ts';
import type { UpEvents } from '#mesh/run/apply/up-events.ts';
import type { RunningPod } from '#mesh/run/pods/running-pod.ts';

/** A program that ended this often before its pod was ever ready is not going to start. */
const hopelessRestarts = 3;

export interface Announced {
  readonly pods: readonly RunningPod[];
  readonly proxies: readonly RunningProxy[];
  readonly gateway: RunningProxy | undefined;
}

/** Tells those who wait for the mesh how far it is. */
export function announce(events: UpEvents, { pods, proxies, gateway }: Announced): void {
  for (const pod of pods.filter(({ terminating }) => !terminating)) {
    events.step(`pod ${pod.plan.name}`, pod.ready ? 'done' : 'started');
  }
  if (gateway) {
    events.step(gatewayName, gateway.process.ready ? 'done' : 'started');
  }
  const hopeless = pods.find((pod) => !pod.wasReady && isHopeless(pod));
  if (hopeless) {
    events.failed(`pod ${hopeless.plan.name} does not start`);
  }
  if (pods.every(({ ready }) => ready) && proxies.every(({ process }) => process.ready)) {
    events.ready();
  }
}

/** Exit code 78 (EX_CONFIG) says that trying again is no use. */
function isHopeless({ containers, proxy }: RunningPod): boolean {
  const programs = [...containers.map(({ program }) => program), ...(proxy ? [proxy.program] : [])];
  return programs.some(({ lastExit, restarts }) => lastExit?.code === 78 || restarts >= hopelessRestarts);
}
