import { withoutMariaDb } from '#test/components/mariadb.ts';
import type { Target } from '#test/walkthrough/target.ts';

/**
 * What steps may need (`<!-- needs: … -->`) and this place has not. A laptop is asked; of a cluster the variable WITHOUT
 * says it: `WITHOUT="internet mariadb"`.
 */
export function lacksOf(target: Target['name'], env: NodeJS.ProcessEnv = process.env): readonly string[] {
  if (target === 'laptop') return withoutMariaDb ? ['mariadb'] : [];
  return env['WITHOUT']?.split(/[\s,]+/).filter((word) => word !== '') ?? [];
}
