import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { CommandFailure } from '#mesh/cli/command-failure.ts';
import type { CliContext } from '#mesh/cli/context.ts';
import { type NamespaceFlags, namespaceOf } from '#mesh/cli/flags.ts';
import { applyChange, changeable } from '#mesh/cli/kubectl/changed-object.ts';
import { singularName } from '#mesh/cli/kubectl/kinds.ts';
import { applyPatch, type PatchType } from '#mesh/cli/kubectl/patches/apply-patch.ts';
import { parseResourceArguments } from '#mesh/cli/kubectl/resource-arguments.ts';
import type { Invocation } from '#mesh/cli/session.ts';

export interface PatchFlags extends NamespaceFlags {
  readonly patch?: string;
  readonly patchFile?: string;
  /** strategic unless given. */
  readonly type?: PatchType;
  readonly dryRun?: string | true;
}

/** `kubectl patch KIND NAME --type=merge -p '{"spec": …}'`. */
export async function patch({ context, operands, options }: Invocation<PatchFlags>): Promise<number> {
  const text = patchText(context, options);
  const client = await context.connect();
  const { type = 'strategic' } = options;
  const dryRun = options.dryRun !== undefined && options.dryRun !== 'none';
  let exitCode = 0;
  for (const { kind, names } of parseResourceArguments(operands)) {
    if (names.length === 0) throw new CommandFailure('error: the name of the object to patch is missing');
    for (const name of names) {
      const address = { kind, name, namespace: kind.namespaced ? namespaceOf(options) : '' };
      const before = await changeable(client, address);
      const after = applyPatch(before, { type, text, kind });
      const change = { address, before, after, file: '<patch>', dryRun };
      const outcome = await applyChange(context, client, change);
      if (outcome === 'refused') exitCode = 1;
      else context.stdout.write(`${singularName(kind)}/${name} ${said(outcome, dryRun)}\n`);
    }
  }
  if (exitCode !== 0) context.stderr.write('error: nothing was changed\n');
  return exitCode;
}

function patchText(context: CliContext, { patch: text, patchFile }: PatchFlags): string {
  if ((text === undefined) === (patchFile === undefined)) {
    throw new CommandFailure('error: must specify one of --patch (-p) and --patch-file');
  }
  if (text !== undefined) return text;
  try {
    return readFileSync(resolve(context.cwd, patchFile ?? ''), 'utf8');
  } catch (cause) {
    throw new CommandFailure(`error: unable to read patch file: ${(cause as Error).message}`, { cause });
  }
}

function said(outcome: 'changed' | 'unchanged', dryRun: boolean): string {
  if (outcome === 'unchanged') return 'patched (no change)';
  return dryRun ? 'patched (dry run)' : 'patched';
}
