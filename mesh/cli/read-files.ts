import type { CliContext } from '#mesh/cli/context.ts';
import { printDiagnostics } from '#mesh/cli/output/output.ts';
import { CommandFailure, type FileFlags } from '#mesh/cli/usage-error.ts';
import { hasErrors } from '#mesh/diagnostic.ts';
import type { SourceFile } from '#mesh/istiod/config/load/document.ts';
import { readSources } from '#mesh/istiod/config/load/read-sources.ts';

/** The files that `-f` names, or a CommandFailure after their problems are printed. */
export async function readFiles(context: CliContext, flags: FileFlags): Promise<readonly SourceFile[]> {
  const { files, diagnostics } = await readSources(flags.filename ?? [], {
    stdin: context.stdin,
    recursive: flags.recursive ?? false,
  });
  printDiagnostics(context, diagnostics);
  if (hasErrors(diagnostics)) throw new CommandFailure('error: nothing was changed');
  return files;
}
