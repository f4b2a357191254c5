import { type FileFlags, type NamespaceFlags, namespaceOf } from '#mesh/cli/flags.ts';
import { readFiles } from '#mesh/cli/kubectl/read-files.ts';
import { printDiagnostics } from '#mesh/cli/output/diagnostics.ts';
import type { Invocation } from '#mesh/cli/session.ts';
import { type Diagnostic, hasErrors } from '#mesh/diagnostic.ts';
import type { SourceFile } from '#mesh/load/source-file.ts';

export interface AnalyzeFlags extends NamespaceFlags, FileFlags {
  readonly useKube?: string | true;
}

/** istioctl's exit code when it finds an error. */
const foundErrors = 79;

/** `istioctl analyze [FILE…]`: the files together with the running mesh, or alone. */
export async function analyze({ context, operands, options }: Invocation<AnalyzeFlags>): Promise<number> {
  const filename = [...operands, ...(options.filename ?? [])];
  const files = await readFiles(context, { filename, recursive: options.recursive ?? false });
  const namespace = namespaceOf(options);
  const alone = options.useKube === 'false';
  const client = alone
    ? undefined
    : filename.length > 0
      ? await context.findRunner()
      : await context.connect();
  const diagnostics = client
    ? await client.analyze({ files, namespace })
    : await analyzeAlone(files, namespace);
  printDiagnostics({ ...context, stderr: context.stdout }, diagnostics);
  const subject = client ? `namespace: ${namespace}` : filename.join(', ');
  if (diagnostics.length === 0)
    context.stdout.write(`✔ No validation issues found when analyzing ${subject}.\n`);
  if (!hasErrors(diagnostics)) return 0;
  context.stderr.write(`Error: Analyzers found issues when analyzing ${subject}.\n`);
  return foundErrors;
}

async function analyzeAlone(files: readonly SourceFile[], namespace: string): Promise<readonly Diagnostic[]> {
  const [{ loadManifests }, { parseResources }, stage] = await Promise.all([
    import('#mesh/load/load-manifest.ts'),
    import('#mesh/schema/parse-resources.ts'),
    import('#mesh/analyze/analyze.ts'),
  ]);
  const loaded = loadManifests(files);
  const parsed = parseResources(loaded.documents, { namespace });
  return [...loaded.diagnostics, ...parsed.diagnostics, ...stage.analyze(parsed.resources)];
}
