import type { FoundObjects } from '#mesh/cli/kubectl/find-objects.ts';
import { pluralName } from '#mesh/cli/kubectl/kinds.ts';

/** kubectl's line for each named object that is not there. */
export function missingMessages(found: readonly FoundObjects[]): readonly string[] {
  return found.flatMap(({ kind, missing }) =>
    missing.map((name) => `Error from server (NotFound): ${pluralName(kind)} "${name}" not found\n`),
  );
}
