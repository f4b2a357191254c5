import { createPorts } from '#mesh/kubelet/ports/ports.ts';

// The claims of meshes: no other mesh, and no other test that runs at the same time, is given such a port.
const ports = createPorts();

/** Ports of the loopback that nobody listens at, all different, for this process as long as it lives. */
export async function freePorts(count: number): Promise<number[]> {
  return Promise.all(Array.from({ length: count }, () => ports.lease()));
}
process.once('exit', () => ports.releaseAll());
