import { analyze } from '#mesh/analyze/analyze.ts';
import { type Diagnostic, formatDiagnostic, hasErrors } from '#mesh/diagnostic.ts';
import { loadManifests } from '#mesh/load/load-manifest.ts';
import type { ApplyRequest } from '#mesh/run/api.ts';
import { checkCredentials } from '#mesh/run/apply/gateway-credentials.ts';
import { type Change, merge, resourcesOf, type Snapshot } from '#mesh/run/objects/snapshot.ts';
import { checkCommands } from '#mesh/run/pods/container-command.ts';
import type { ImageTable } from '#mesh/run/pods/images.ts';
import { ofKind } from '#mesh/schema/resource.ts';

/** What an apply would make of a snapshot, with everything that is wrong with it. Nothing is changed. */
export function check(
  snapshot: Snapshot,
  { files, namespace, mode }: ApplyRequest,
  images: ImageTable,
): Change {
  const loaded = loadManifests(files);
  const change = merge(snapshot, { documents: loaded.documents, namespace, mode: mode ?? 'apply' });
  const resources = resourcesOf(change.snapshot);
  const commands = ofKind(resources, 'Deployment').flatMap((deployment) => checkCommands(deployment, images));
  const named = new Set(files.map(({ file }) => file));
  const known = new Set(analyze(resourcesOf(snapshot)).map(formatDiagnostic));
  const analysis = analyze(resources).filter(
    (diagnostic) => named.has(diagnostic.position?.file ?? '') || isNewError(diagnostic, known),
  );
  return {
    ...change,
    diagnostics: [
      ...loaded.diagnostics,
      ...change.diagnostics,
      ...commands,
      ...checkCredentials(resources),
      ...analysis,
    ],
  };
}

/**
 * An apply is refused for its own mistakes. What was applied before is reported only where it is an error now and was
 * none before, because this apply took away what it relies on; so a delete that left something in the air does not
 * stop whoever comes next.
 */
function isNewError(diagnostic: Diagnostic, known: ReadonlySet<string>): boolean {
  return hasErrors([diagnostic]) && !known.has(formatDiagnostic(diagnostic));
}
