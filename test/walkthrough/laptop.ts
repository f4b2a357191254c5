import { MESH, ROOT, startOwnMesh } from '#test/own-mesh.ts';
import type { Target } from '#test/walkthrough/target.ts';

/** A mesh of its own, with the services alone: where every walkthrough begins. */
export async function laptopTarget(): Promise<Target> {
  const { env, close } = await startOwnMesh('--bare');
  return { name: 'laptop', shell: [MESH, 'shell', '-c', 'sh'], env, cwd: ROOT, close };
}
