import { basename, dirname } from 'node:path';
import { MESH, ROOT, startOwnMesh } from '#test/own-mesh.ts';
import type { Target } from '#test/walkthrough/target.ts';

/**
 * A mesh of its own, with the services of the document's application (`istio/APP/…md`) alone: where every walkthrough begins.
 */
export async function laptopTarget(document: string): Promise<Target> {
  const app = basename(dirname(document));
  const { env, close } = await startOwnMesh(app, '--bare');
  return { name: 'laptop', shell: [MESH, 'shell', '-c', 'sh'], env, cwd: ROOT, close };
}
