import { CommandFailure } from '#mesh/cli/command-failure.ts';
import type { CliContext } from '#mesh/cli/context.ts';
import type { FileFlags } from '#mesh/cli/flags.ts';
import { printDiagnostics } from '#mesh/cli/output/diagnostics.ts';
import { hasErrors } from '#mesh/diagnostic.ts';
import { readSources } from '#mesh/load/read-sources.ts';
import type { SourceFile } from '#mesh/load/source-file.ts';

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
