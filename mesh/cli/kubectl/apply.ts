import { CommandFailure } from '#mesh/cli/command-failure.ts';
import type { CliContext } from '#mesh/cli/context.ts';
import { type FileFlags, type NamespaceFlags, namespaceOf } from '#mesh/cli/flags.ts';
import { readFiles } from '#mesh/cli/kubectl/read-files.ts';
import { printDiagnostics } from '#mesh/cli/output/diagnostics.ts';
import type { Invocation } from '#mesh/cli/session.ts';
import { hasErrors } from '#mesh/diagnostic.ts';
import type { ApplyResponse } from '#mesh/run/api.ts';

export interface ApplyFlags extends NamespaceFlags, FileFlags {
  readonly dryRun?: string | true;
}

/** `kubectl apply -f`. */
export async function apply({ context, options }: Invocation<ApplyFlags>): Promise<number> {
  return applyFiles(context, { flags: options, mode: 'apply' });
}

/** `kubectl create -f`. */
export async function create({ context, options }: Invocation<ApplyFlags>): Promise<number> {
  return applyFiles(context, { flags: options, mode: 'create' });
}

/** `kubectl create namespace NAME`. */
export async function createNamespace({
  context,
  operands,
  options,
}: Invocation<ApplyFlags>): Promise<number> {
  const name = operands[0] ?? '';
  const manifest = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  const files = [{ file: '<namespace>', text: JSON.stringify(manifest) }];
  const dryRun = isDryRun(options.dryRun);
  const client = await context.connect();
  const response = await client.apply({ files, namespace: 'default', mode: 'create', dryRun });
  // The manifest is not one that the user has written: its lines mean nothing to anybody.
  const diagnostics = response.diagnostics.map(({ position: _, ...diagnostic }) => diagnostic);
  return report(context, { ...response, diagnostics }, options.dryRun);
}

async function applyFiles(
  context: CliContext,
  { flags, mode }: { readonly flags: ApplyFlags; readonly mode: 'apply' | 'create' },
): Promise<number> {
  if (!flags.filename) throw new CommandFailure('error: must specify -f FILE, DIR or -');
  const dryRun = isDryRun(flags.dryRun);
  const client = await context.connect();
  const files = await readFiles(context, flags);
  return report(
    context,
    await client.apply({ files, namespace: namespaceOf(flags), mode, dryRun }),
    flags.dryRun,
  );
}

function isDryRun(flag: string | true | undefined): boolean {
  if (flag === undefined || flag === 'none') return false;
  if (flag === true || flag === 'server' || flag === 'client') return true;
  throw new CommandFailure(`error: invalid dry-run value (${flag}). Must be "none", "server", or "client".`);
}

function report(context: CliContext, response: ApplyResponse, dryRun: string | true | undefined): number {
  printDiagnostics(context, response.diagnostics);
  if (hasErrors(response.diagnostics)) {
    context.stderr.write('error: nothing was changed\n');
    return 1;
  }
  const suffix = { server: ' (server dry run)', client: ' (dry run)', none: '' }[dryRunName(dryRun)];
  for (const { resource, action } of response.results)
    context.stdout.write(`${resource} ${action}${suffix}\n`);
  return 0;
}

function dryRunName(flag: string | true | undefined): 'server' | 'client' | 'none' {
  return flag === 'server' ? 'server' : flag === undefined || flag === 'none' ? 'none' : 'client';
}
