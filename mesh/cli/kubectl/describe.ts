import { type NamespaceFlags, namespaceOf, type SelectorFlags } from '#mesh/cli/flags.ts';
import { describeKind } from '#mesh/cli/kubectl/describe-kind.ts';
import { formatFields } from '#mesh/cli/kubectl/described-fields.ts';
import { type FoundObjects, findObjects } from '#mesh/cli/kubectl/find-objects.ts';
import { missingMessages } from '#mesh/cli/kubectl/missing.ts';
import { formatLabels, recordField } from '#mesh/cli/kubectl/object-fields.ts';
import { parseResourceArguments } from '#mesh/cli/kubectl/resource-arguments.ts';
import type { Invocation } from '#mesh/cli/session.ts';
import type { KubernetesObject } from '#mesh/run/api.ts';

export interface DescribeFlags extends NamespaceFlags, SelectorFlags {}

/** `kubectl describe`. */
export async function describe({ context, operands, options }: Invocation<DescribeFlags>): Promise<number> {
  const wanted = parseResourceArguments(operands);
  const client = await context.connect();
  const scope = {
    ...(options.allNamespaces ? {} : { namespace: namespaceOf(options) }),
    ...(options.selector ? { selector: options.selector } : {}),
  };
  const found = await Promise.all(wanted.map((argument) => findObjects(client, argument, scope)));
  const texts = await Promise.all(found.flatMap(({ objects }) => objects).map(describeObject));
  context.stdout.write(texts.join('\n\n'));
  const missing = missingMessages(found);
  context.stderr.write(missing.join(''));
  if (texts.length === 0 && missing.length === 0) context.stderr.write(emptyText(found, options));
  return missing.length > 0 ? 1 : 0;
}

function emptyText(found: readonly FoundObjects[], options: DescribeFlags): string {
  const namespaced = found.some(({ kind }) => kind.namespaced) && !options.allNamespaces;
  return namespaced ? `No resources found in ${namespaceOf(options)} namespace.\n` : 'No resources found\n';
}

async function describeObject(object: KubernetesObject): Promise<string> {
  const { name, namespace, labels = {} } = object.metadata;
  const head = formatFields([
    ['Name', name],
    ...(namespace ? [['Namespace', namespace] as const] : []),
    ['Labels', formatLabels(labels).split(',')],
    ['Annotations', formatLabels(recordField(object, 'metadata', 'annotations')).split(',')],
    ['Created', object.metadata.creationTimestamp],
  ]);
  return `${head}${await describeKind(object)}`;
}
