import type { Component } from '#test/components/component.ts';
import { istioctl } from '#test/components/istioctl.ts';
import { mariaDb } from '#test/components/mariadb.ts';
import type { Target } from '#test/walkthrough/target.ts';

/** What steps may need (`<!-- needs: … -->`) and a laptop may lack. */
export const COMPONENTS: ReadonlyMap<string, Component> = new Map([
  ['istioctl', istioctl],
  ['mariadb', mariaDb],
]);

/**
 * What steps may need and this place has not. A laptop is asked; of a cluster the variable WITHOUT says it:
 * `WITHOUT="internet mariadb"`.
 */
export function lacksOf(target: Target['name'], env: NodeJS.ProcessEnv = process.env): readonly string[] {
  if (target === 'laptop') return [...COMPONENTS].filter(([, { isThere }]) => !isThere).map(([need]) => need);
  return env['WITHOUT']?.split(/[\s,]+/).filter((word) => word !== '') ?? [];
}
