import type { CliContext, Invocation } from '#mesh/cli/context.ts';
import { formatJson, printDiagnostics } from '#mesh/cli/output/output.ts';
import { readerOf } from '#mesh/cli/policy-tests/test.ts';
import { CommandFailure, type FileFlags, type NamespaceFlags, namespaceOf } from '#mesh/cli/usage-error.ts';
import { compare } from '#mesh/testing/diff/compare.ts';
import { phraseChange, phraseComparison } from '#mesh/testing/diff/phrase.ts';
import { type ImaginaryMesh, imaginaryMesh } from '#mesh/testing/imaginary-mesh.ts';
import type { ManifestReader } from '#mesh/testing/sources.ts';

export interface DiffFlags extends NamespaceFlags, FileFlags {
  readonly exitCode?: boolean;
  readonly output?: 'json';
}

/** `mesh diff BEFORE AFTER`: which requests go elsewhere. With --exit-code, the exit code is 1 if one does, as with git. */
export async function diff({ context, operands, options }: Invocation<DiffFlags>): Promise<number> {
  const [before = '', after = ''] = operands;
  const { filename = [] } = options;
  const namespace = namespaceOf(options);
  const reader = readerOf(context, options);
  const read = (path: string) => describe(context, { paths: [path, ...filename], namespace, reader });
  const comparison = compare({ before: await read(before), after: await read(after), namespace });
  const { changes, compared } = comparison;
  const text =
    options.output === 'json'
      ? formatJson({
          compared,
          changes: changes.map((change) => ({
            ...{ target: change.target, before: change.before, after: change.after },
            ...(change.origin !== undefined && { origin: change.origin }),
            sentence: phraseChange(change),
            requests: change.requests.map(({ request }) => request),
          })),
        })
      : phraseComparison(comparison);
  context.stdout.write(text);
  return options.exitCode && changes.length > 0 ? 1 : 0;
}

interface Described {
  readonly paths: readonly string[];
  readonly namespace: string;
  readonly reader: ManifestReader;
}

async function describe(
  context: CliContext,
  { paths, namespace, reader }: Described,
): Promise<ImaginaryMesh> {
  const read = await Promise.all(paths.map((path) => reader.read(path, undefined)));
  const unread = read.flatMap(({ diagnostics }) => diagnostics);
  const imagined = imaginaryMesh(
    read.flatMap(({ files }) => files),
    { namespace, outboundPolicy: 'REGISTRY_ONLY' },
  );
  printDiagnostics(
    context,
    [...unread, ...imagined.diagnostics].filter(({ severity }) => severity === 'error'),
  );
  if (unread.length > 0) throw new CommandFailure('error: nothing was compared');
  return imagined;
}
