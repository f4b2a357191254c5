import type { NamespaceFlags, SelectorFlags } from '#mesh/cli/flags.ts';
import { namespaceOf } from '#mesh/cli/flags.ts';
import { type FoundObjects, findObjects } from '#mesh/cli/kubectl/find-objects.ts';
import { missingMessages } from '#mesh/cli/kubectl/missing.ts';
import { objectTable } from '#mesh/cli/kubectl/object-table.ts';
import { formatObjects, parseOutput } from '#mesh/cli/kubectl/output-format.ts';
import { parseResourceArguments } from '#mesh/cli/kubectl/resource-arguments.ts';
import type { Invocation } from '#mesh/cli/session.ts';

export interface GetFlags extends NamespaceFlags, SelectorFlags {
  readonly output?: string;
  readonly labelColumns?: readonly string[];
  readonly showLabels?: boolean;
  readonly headers?: boolean;
  readonly ignoreNotFound?: boolean;
}

/** `kubectl get`. */
export async function get({ context, operands, options }: Invocation<GetFlags>): Promise<number> {
  const output = parseOutput(options.output);
  const wanted = parseResourceArguments(operands);
  const client = await context.connect();
  const scope = {
    ...(options.allNamespaces ? {} : { namespace: namespaceOf(options) }),
    ...(options.selector ? { selector: options.selector } : {}),
  };
  const found = await Promise.all(wanted.map((argument) => findObjects(client, argument, scope)));
  if (output.kind === 'table') {
    const tables = formatTables(found, { flags: options, wide: output.wide, now: context.now() });
    context.stdout.write(tables);
    if (tables === '' && found.every(({ missing }) => missing.length === 0)) {
      context.stderr.write(nothingFound(found, options));
    }
  } else {
    const named = wanted.length === 1 && wanted[0]?.names.length === 1;
    context.stdout.write(await formatObjects(found, { output, single: named }));
  }
  const missing = options.ignoreNotFound ? [] : missingMessages(found);
  context.stderr.write(missing.join(''));
  return missing.length > 0 ? 1 : 0;
}

interface TablesOptions {
  readonly flags: GetFlags;
  readonly wide: boolean;
  readonly now: number;
}

function formatTables(found: readonly FoundObjects[], { flags, wide, now }: TablesOptions): string {
  const several = new Set(found.map(({ kind }) => kind.kind)).size > 1;
  const tables = mergeKinds(found)
    .filter(({ objects }) => objects.length > 0)
    .map(({ kind, objects }) =>
      objectTable(kind, objects, {
        now,
        wide,
        headers: flags.headers ?? true,
        withNamespace: (flags.allNamespaces ?? false) && kind.namespaced,
        withKind: several,
        labelColumns: flags.labelColumns ?? [],
        showLabels: flags.showLabels ?? false,
      }),
    );
  return tables.join('\n');
}

/** `get pod/a pod/b` is one table. */
function mergeKinds(found: readonly FoundObjects[]): readonly FoundObjects[] {
  const groups = Map.groupBy(found, ({ kind }) => kind);
  return [...groups].map(([kind, group]) => ({
    kind,
    objects: group.flatMap(({ objects }) => objects),
    missing: [],
  }));
}

function nothingFound(found: readonly FoundObjects[], flags: GetFlags): string {
  const everywhere = flags.allNamespaces || found.every(({ kind }) => !kind.namespaced);
  return everywhere ? 'No resources found\n' : `No resources found in ${namespaceOf(flags)} namespace.\n`;
}
