import type { LocalMesh } from '#mesh/run/apply/local-mesh.ts';

/** Keeps every log of a mesh below its limit. */
export function rotateLogs({ pods, dataPlane }: LocalMesh): void {
  const programs = pods.flatMap(({ containers }) => containers.map(({ program }) => program));
  for (const { log } of [...programs, ...dataPlane.proxies.map(({ process }) => process.program)]) {
    log.rotate();
  }
}
