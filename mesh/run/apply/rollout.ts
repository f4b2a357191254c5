/** What the rollout of a Deployment needs to know about one of its pods. */
export interface RolloutPod {
  readonly templateHash: string;
  readonly ready: boolean;
  readonly createdAt: Date;
}

export interface Rollout<P> {
  /** How many pods of the current template are missing. */
  readonly create: number;
  readonly retire: readonly P[];
}

export interface WantedPods {
  readonly templateHash: string;
  readonly replicas: number;
  /** The strategy `Recreate`: no new pod before the last old one has ended, as both would write to one volume. */
  readonly recreate?: boolean;
  /** Pods of this Deployment that have been told to end and have not. */
  readonly ending?: number;
}

/**
 * The next step of a Deployment towards its template and number of replicas: all new pods at once, and old ones go
 * only when every new one is ready. Of too many, the ones that are not ready go first, then the youngest.
 */
export function nextStep<P extends RolloutPod>(pods: readonly P[], wanted: WantedPods): Rollout<P> {
  const current = pods.filter(({ templateHash }) => templateHash === wanted.templateHash);
  const old = pods.filter(({ templateHash }) => templateHash !== wanted.templateHash);
  const ranked = [...current].sort(
    (a, b) => Number(b.ready) - Number(a.ready) || a.createdAt.getTime() - b.createdAt.getTime(),
  );
  const kept = ranked.slice(0, wanted.replicas);
  if (wanted.recreate && (old.length > 0 || (wanted.ending ?? 0) > 0)) {
    return { create: 0, retire: [...old, ...ranked.slice(wanted.replicas)] };
  }
  const done = kept.length === wanted.replicas && kept.every(({ ready }) => ready);
  return {
    create: wanted.replicas - kept.length,
    retire: [...ranked.slice(wanted.replicas), ...(done ? old : [])],
  };
}
