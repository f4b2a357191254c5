import type { Invocation } from '#mesh/cli/context.ts';
import { formatJson, printDiagnostics } from '#mesh/cli/output/output.ts';
import { readFiles } from '#mesh/cli/read-files.ts';
import { type FileFlags, type NamespaceFlags, namespaceOf } from '#mesh/cli/usage-error.ts';
import { type Diagnostic, hasErrors } from '#mesh/diagnostic.ts';
import type { SourceFile } from '#mesh/istiod/config/load/document.ts';

export interface AnalyzeFlags extends NamespaceFlags, FileFlags {
  readonly alone?: boolean;
  readonly output?: 'json';
}

/** `mesh analyze [FILE…]`: everything that runs, or the files merged into it; without a mesh, only the files. The exit code is 1 if there is an error. */
export async function analyze({ context, operands, options }: Invocation<AnalyzeFlags>): Promise<number> {
  const filename = [...operands, ...(options.filename ?? [])];
  const files = await readFiles(context, { filename, recursive: options.recursive ?? false });
  const namespace = namespaceOf(options);
  const client = options.alone
    ? undefined
    : await (filename.length > 0 ? context.findRunner() : context.connect());
  const diagnostics = client
    ? await client.analyze({ files, namespace })
    : await analyzeAlone(files, namespace);
  if (options.output === 'json') context.stdout.write(formatJson(diagnostics));
  else {
    printDiagnostics({ ...context, stderr: context.stdout }, diagnostics);
    if (diagnostics.length === 0) context.stdout.write(`✔ no mistakes in ${subject(filename, client)}\n`);
  }
  return hasErrors(diagnostics) ? 1 : 0;
}

function subject(files: readonly string[], client: object | undefined): string {
  const named = files.join(', ');
  if (!client) return named || 'no files';
  return named === '' ? 'what runs' : `${named} with what runs`;
}

async function analyzeAlone(files: readonly SourceFile[], namespace: string): Promise<readonly Diagnostic[]> {
  const [{ loadManifests }, { parseResources }, stage, { gatewayApiOf }, gatewayApi] = await Promise.all([
    import('#mesh/istiod/config/load/load-manifest.ts'),
    import('#mesh/istiod/config/schema/parse-resources.ts'),
    import('#mesh/istiod/analysis/analyze.ts'),
    import('#mesh/istiod/config/gateway-api/from-files.ts'),
    import('#mesh/istiod/analysis/gateway-api.ts'),
  ]);
  const loaded = loadManifests(files);
  const parsed = parseResources(loaded.documents, { namespace });
  return [
    ...loaded.diagnostics,
    ...parsed.diagnostics,
    ...stage.analyze(parsed.resources),
    ...gatewayApi.analyzeGatewayApi(gatewayApiOf(parsed), parsed.resources),
  ];
}
