import { rm } from 'node:fs/promises';
import type { RunningPod } from '#mesh/kubelet/pods/running-pod.ts';
import { claimFolder } from '#mesh/kubelet/pods/volume-map.ts';

interface Claim {
  readonly name: string;
  readonly namespace: string;
}

/**
 * Removes the data of deleted claims, as a cluster's storage class does by default, as soon as no pod uses it any more. A mesh
 * that ends deletes no claim, so the data is there when the claim is applied again.
 */
export class ClaimFolders {
  readonly #volumes: string;
  readonly #deleted = new Map<string, Claim>();

  /** @param volumes the folder of all claims' folders */
  constructor(volumes: string) {
    this.#volumes = volumes;
  }

  /** Remembers a claim that was deleted, and forgets one that is back. */
  change(
    { name, namespace = '' }: { readonly name: string; readonly namespace?: string },
    deleted: boolean,
  ): void {
    const key = `${namespace}/${name}`;
    if (deleted) this.#deleted.set(key, { name, namespace });
    else this.#deleted.delete(key);
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
