import { CommandFailure } from '#mesh/cli/command-failure.ts';
import type { FoundObjects } from '#mesh/cli/kubectl/find-objects.ts';
import { singularName } from '#mesh/cli/kubectl/kinds.ts';
import { formatJson, formatYaml } from '#mesh/cli/output/data.ts';

export type ObjectOutput =
  | { readonly kind: 'table'; readonly wide: boolean }
  | { readonly kind: 'json' }
  | { readonly kind: 'yaml' }
  | { readonly kind: 'name' }
  | { readonly kind: 'jsonpath'; readonly template: string };

/** Reads the value of `-o`. */
export function parseOutput(value: string | undefined): ObjectOutput {
  if (value === undefined || value === 'wide') return { kind: 'table', wide: value === 'wide' };
  if (value === 'json' || value === 'yaml' || value === 'name') return { kind: value } as ObjectOutput;
  const [, template] = /^jsonpath=(.+)$/s.exec(value) ?? [];
  if (template !== undefined) return { kind: 'jsonpath', template };
  throw new CommandFailure(
    `error: unable to match a printer suitable for the output format "${value}", allowed formats are: json,jsonpath=…,name,wide,yaml`,
  );
}

interface FormatOptions {
  readonly output: Exclude<ObjectOutput, { kind: 'table' }>;
  /** One object by name is printed as it is, everything else as a List. */
  readonly single: boolean;
}

/** Objects as data. Nothing for a single object that is missing. */
export async function formatObjects(found: readonly FoundObjects[], options: FormatOptions): Promise<string> {
  const { output, single } = options;
  if (output.kind === 'name') return formatNames(found);
  const items = found.flatMap(({ objects }) => objects);
  if (single && !items[0]) return '';
  const data = single && items[0] ? items[0] : listOf(items);
  if (output.kind === 'jsonpath') {
    const { evaluateTemplate } = await import('#mesh/cli/kubectl/jsonpath.ts');
    return evaluateTemplate(output.template, data);
  }
  return output.kind === 'json' ? formatJson(data) : formatYaml(data);
}

function formatNames(found: readonly FoundObjects[]): string {
  const names = found.flatMap(({ kind, objects }) =>
    objects.map(({ metadata }) => `${singularName(kind)}/${metadata.name}\n`),
  );
  return names.join('');
}

function listOf(items: readonly object[]): object {
  return { apiVersion: 'v1', items, kind: 'List', metadata: { resourceVersion: '' } };
}
