import { CommandFailure } from '#mesh/cli/command-failure.ts';
import type { CliContext } from '#mesh/cli/context.ts';
import { type FileFlags, type NamespaceFlags, namespaceOf, type SelectorFlags } from '#mesh/cli/flags.ts';
import { findObjects } from '#mesh/cli/kubectl/find-objects.ts';
import { missingMessages } from '#mesh/cli/kubectl/missing.ts';
import { readFiles } from '#mesh/cli/kubectl/read-files.ts';
import { parseResourceArguments } from '#mesh/cli/kubectl/resource-arguments.ts';
import { printDiagnostics } from '#mesh/cli/output/diagnostics.ts';
import type { Invocation } from '#mesh/cli/session.ts';
import { hasErrors } from '#mesh/diagnostic.ts';
import type { ApplyResponse, ObjectName } from '#mesh/run/api.ts';
import type { Client } from '#mesh/run/client.ts';

export interface DeleteFlags extends NamespaceFlags, SelectorFlags, FileFlags {
  readonly ignoreNotFound?: boolean;
  readonly all?: boolean;
}

/** `kubectl delete`: by file, by name, or with `--all` or `-l` what a kind has. */
export async function deleteObjects(invocation: Invocation<DeleteFlags>): Promise<number> {
  const { context, options } = invocation;
  const client = await context.connect();
  return options.filename ? deleteFiles(context, client, options) : deleteNamed(client, invocation);
}

async function deleteFiles(context: CliContext, client: Client, flags: DeleteFlags): Promise<number> {
  const files = await readFiles(context, flags);
  const response = await client.delete({
    files,
    namespace: namespaceOf(flags),
    ignoreNotFound: flags.ignoreNotFound ?? false,
  });
  return report(context, response);
}

async function deleteNamed(client: Client, invocation: Invocation<DeleteFlags>): Promise<number> {
  const { context, operands, options } = invocation;
  const wanted = parseResourceArguments(operands);
  if (!options.all && !options.selector && wanted.some(({ names }) => names.length === 0)) {
    throw new CommandFailure('error: resource(s) were provided, but no name was specified');
  }
  const scope = {
    ...(options.allNamespaces ? {} : { namespace: namespaceOf(options) }),
    ...(options.selector ? { selector: options.selector } : {}),
  };
  const found = await Promise.all(wanted.map((argument) => findObjects(client, argument, scope)));
  const objects: ObjectName[] = found.flatMap(({ objects }) =>
    objects.map(({ kind, metadata }) => ({ kind, name: metadata.name, namespace: metadata.namespace ?? '' })),
  );
  const deleted =
    objects.length > 0
      ? report(
          context,
          await client.delete({ objects, namespace: namespaceOf(options), ignoreNotFound: true }),
        )
      : 0;
  if (options.ignoreNotFound) return deleted;
  const missing = missingMessages(found);
  context.stderr.write(missing.join(''));
  if (objects.length === 0 && missing.length === 0) context.stdout.write('No resources found\n');
  return missing.length > 0 ? 1 : deleted;
}

/** kubectl prints `pod "NAME" deleted`. */
function report(context: CliContext, { results, diagnostics }: ApplyResponse): number {
  printDiagnostics(context, diagnostics);
  for (const { resource, action } of results) {
    const [kind, name] = resource.split('/');
    context.stdout.write(`${kind} "${name}" ${action}\n`);
  }
  return hasErrors(diagnostics) ? 1 : 0;
}
