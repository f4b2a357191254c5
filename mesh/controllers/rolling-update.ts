/** The sizes of a Deployment's ReplicaSets in the middle of a rollout. */
export interface RolloutState {
  /** The replicas that the Deployment wants. */
  readonly replicas: number;
  readonly maxSurge: number;
  readonly maxUnavailable: number;
  readonly current: SetSize;
  /** The oldest first. */
  readonly old: readonly SetSize[];
}

export interface SetSize {
  /** What its spec says. */
  readonly replicas: number;
  readonly available: number;
}

export interface RolloutStep {
  readonly current: number;
  /** In the order of the state's. */
  readonly old: readonly number[];
}

/**
 * The next sizes in a rolling update, as the Deployment controller of Kubernetes has them: the new set grows as far as
 * maxSurge allows; old sets give up pods that are not available, then as many as maxUnavailable allows.
 */
export function nextSizes(state: RolloutState): RolloutStep {
  const { replicas, maxSurge, current, old } = state;
  const total = current.replicas + old.reduce((sum, set) => sum + set.replicas, 0);
  const room = Math.max(0, replicas + maxSurge - total);
  const grown = current.replicas > replicas ? replicas : Math.min(replicas, current.replicas + room);
  return { current: grown, old: shrunk(state, grown) };
}

function shrunk({ replicas, maxUnavailable, current, old }: RolloutState, grown: number): number[] {
  const sizes = old.map((set) => set.replicas);
  const total = grown + sizes.reduce((sum, size) => sum + size, 0);
  const minAvailable = replicas - maxUnavailable;
  const newUnavailable = Math.max(0, grown - current.available);
  let cleanup = total - minAvailable - newUnavailable;
  for (const [index, set] of old.entries()) {
    if (cleanup <= 0) break;
    const unhealthy = Math.min(cleanup, Math.max(0, set.replicas - set.available));
    sizes[index] = set.replicas - unhealthy;
    cleanup -= unhealthy;
  }
  const available =
    current.available + old.reduce((sum, set) => sum + Math.min(set.available, set.replicas), 0);
  let spare = available - minAvailable;
  for (const [index, size] of sizes.entries()) {
    if (spare <= 0) break;
    const fewer = Math.min(spare, size);
    sizes[index] = size - fewer;
    spare -= fewer;
  }
  return sizes;
}

/**
 * maxSurge and maxUnavailable as numbers: percentages of the replicas, surge rounded up, unavailable down; when both
 * are 0 one pod may be missing.
 */
export function resolveLimits(
  replicas: number,
  {
    maxSurge = '25%',
    maxUnavailable = '25%',
  }: { maxSurge?: number | string; maxUnavailable?: number | string },
): { readonly maxSurge: number; readonly maxUnavailable: number } {
  const surge = share(maxSurge, replicas, Math.ceil);
  const unavailable = share(maxUnavailable, replicas, Math.floor);
  return surge === 0 && unavailable === 0
    ? { maxSurge: 0, maxUnavailable: 1 }
    : { maxSurge: surge, maxUnavailable: Math.min(unavailable, replicas) };
}

function share(value: number | string, of: number, round: (value: number) => number): number {
  return typeof value === 'string' ? round((Number.parseInt(value, 10) * of) / 100) : value;
}
