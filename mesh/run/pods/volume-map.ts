import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Container } from '#mesh/schema/kubernetes/container.ts';
import type { Deployment } from '#mesh/schema/resource.ts';

export interface VolumeMapOptions {
  readonly container: Container;
  readonly deployment: Deployment;
  /** The folder of all claims' folders. */
  readonly volumes: string;
}

/**
 * The variable VOLUME_MAP: which folder of this machine stands for which path in the container, one per line
 * (`/data=/home/ann/mesh101/.mesh/volumes/default/redis`), as paths may hold any other character. Empty when there are none.
 */
export function volumeMap({ container, deployment, volumes }: VolumeMapOptions): string {
  const { namespace } = deployment.metadata;
  const claims = new Map(claimsOf(deployment).map(({ volume, claim }) => [volume, claim]));
  return container.volumeMounts
    .flatMap(({ name, mountPath, subPath = '' }) => {
      const claim = claims.get(name);
      return claim === undefined
        ? []
        : [`${mountPath}=${join(claimFolder({ namespace, name: claim }, volumes), subPath)}`];
    })
    .join('\n');
}

/** A claim's folder outlives pods and meshes; only deleting the claim takes it away. */
export function claimFolder(claim: { namespace: string; name: string }, volumes: string): string {
  return join(volumes, claim.namespace, claim.name);
}

/** The names of claims that a Deployment's pods mount. */
export function claimNames(deployment: Deployment): readonly string[] {
  return claimsOf(deployment).map(({ claim }) => claim);
}

/** Readable by their owner only, like everything of a mesh. */
export async function makeClaimFolders(deployment: Deployment, volumes: string): Promise<void> {
  const { namespace } = deployment.metadata;
  const folders = claimNames(deployment).map((name) => claimFolder({ namespace, name }, volumes));
  await Promise.all(folders.map((folder) => mkdir(folder, { recursive: true, mode: 0o700 })));
}

function claimsOf({ spec }: Deployment): { volume: string; claim: string }[] {
  return spec.template.spec.volumes.flatMap(({ name, persistentVolumeClaim }) =>
    persistentVolumeClaim ? [{ volume: name, claim: persistentVolumeClaim.claimName }] : [],
  );
}
