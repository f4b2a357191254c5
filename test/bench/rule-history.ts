import type { Version } from '#test/bench/route-change.ts';

/** A change of the rule: when its `apply` was called and when it returned, on `performance`'s clock. */
export interface Change {
  readonly version: Version;
  readonly begun: number;
  /** Absent while it is under way. */
  returned?: number;
}

/**
 * Which versions a request may have been served by: that of the last change which had returned when the request began,
 * and those of changes under way at any time until it ended.
 */
export function allowedVersions(
  history: readonly Change[],
  { begun, ended }: { readonly begun: number; readonly ended: number },
): ReadonlySet<Version> {
  const settled = history.findLastIndex(({ returned }) => returned !== undefined && returned <= begun);
  const candidates = history.slice(Math.max(0, settled)).filter((change) => change.begun <= ended);
  return new Set(candidates.map(({ version }) => version));
}
