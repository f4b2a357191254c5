import { join } from 'node:path';
import process from 'node:process';
import { startMesh } from '#mesh/run/testing/started-mesh.ts';
import { clientEnvironment } from '#test/components/kubernetes-clients.ts';

/** What the tables run on. */
export interface Target {
  /** With the clients on PATH and the way to the API in KUBECONFIG. */
  readonly env: NodeJS.ProcessEnv;
  close(): Promise<void>;
}

/** `TARGET=cluster`: the tables run on the cluster that KUBECONFIG names, else on a laptop mesh of their own. */
export const isCluster: boolean = process.env['TARGET'] === 'cluster';

export const targetName: string = isCluster ? 'a cluster' : 'the laptop mesh';

export async function openTarget(): Promise<Target> {
  if (isCluster) return openCluster();
  // A cluster cannot pull an image that is not there; no stand-in plays it here.
  const images = { MESH_IMAGES: join(import.meta.dirname, 'images.yaml') };
  const mesh = await startMesh(images, 'REGISTRY_ONLY', { noStandIns: true });
  const env = { ...(await clientEnvironment()), KUBECONFIG: join(mesh.home, 'kubeconfig') };
  return { env, close: () => mesh.end() };
}

async function openCluster(): Promise<Target> {
  const env = { ...(await clientEnvironment()), KUBECONFIG: clusterConfig() };
  return { env, close: async () => {} };
}

/**
 * The kubeconfig of the cluster. Never the file in the home folder: nobody should find these tables on a cluster by accident.
 *
 * @throws when KUBECONFIG names none
 */
export function clusterConfig(): string {
  const { KUBECONFIG } = process.env;
  if (KUBECONFIG) return KUBECONFIG;
  throw new Error('TARGET=cluster needs KUBECONFIG: the file whose current context is the cluster to use');
}
