import { rm } from 'node:fs/promises';
import type { Snapshot } from '#mesh/run/objects/snapshot.ts';
import type { StoredObject } from '#mesh/run/objects/stored-object.ts';
import type { RunningPod } from '#mesh/run/pods/running-pod.ts';
import { claimFolder } from '#mesh/run/pods/volume-map.ts';

const KIND = 'PersistentVolumeClaim';

/**
 * Takes the data of deleted claims away, as a cluster's storage class does by default, once no pod uses it any more. A mesh
 * that ends deletes no claim, so that the data is there when the claim is applied again.
 */
export class ClaimFolders {
  readonly #volumes: string;
  readonly #deleted = new Map<string, { readonly name: string; readonly namespace: string }>();

  /** @param volumes the folder of all claims' folders */
  constructor(volumes: string) {
    this.#volumes = volumes;
  }

  /** Remembers the claims that a change has deleted, and forgets those that it has brought back. */
  change(before: Snapshot, after: Snapshot): void {
    for (const [key, claim] of claimsOf(before)) this.#deleted.set(key, claim);
    for (const [key] of claimsOf(after)) this.#deleted.delete(key);
  }

  async clear(pods: readonly RunningPod[]): Promise<void> {
    for (const [key, claim] of this.#deleted) {
      const inUse = pods.some(
        ({ plan }) => plan.namespace === claim.namespace && plan.claims.includes(claim.name),
      );
      if (inUse) continue;
      this.#deleted.delete(key);
      await rm(claimFolder(claim, this.#volumes), { recursive: true, force: true });
    }
  }
}

function claimsOf({ objects }: Snapshot): [key: string, claim: StoredObject][] {
  return [...objects].filter(([, { kind }]) => kind === KIND);
}
