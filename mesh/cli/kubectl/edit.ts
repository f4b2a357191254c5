import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { CommandFailure } from '#mesh/cli/command-failure.ts';
import type { CliContext } from '#mesh/cli/context.ts';
import { type NamespaceFlags, namespaceOf } from '#mesh/cli/flags.ts';
import { applyChange, changeable } from '#mesh/cli/kubectl/changed-object.ts';
import { type Kind, singularName } from '#mesh/cli/kubectl/kinds.ts';
import { isMap, type JsonMap } from '#mesh/cli/kubectl/patches/merge-patch.ts';
import { parseResourceArguments } from '#mesh/cli/kubectl/resource-arguments.ts';
import type { Invocation } from '#mesh/cli/session.ts';

/** `kubectl edit KIND NAME`: the object in an editor, and what is saved is applied. */
export async function edit({ context, operands, options }: Invocation<NamespaceFlags>): Promise<number> {
  const { kind, name } = oneObject(operands);
  const client = await context.connect();
  const address = { kind, name, namespace: kind.namespaced ? namespaceOf(options) : '' };
  const before = await changeable(client, address);
  const directory = mkdtempSync(join(tmpdir(), 'kubectl-edit-'));
  const file = join(directory, `${kind.singular}-${name}.yaml`);
  const discard = () => rmSync(directory, { recursive: true });
  writeFileSync(file, INTRODUCTION + stringify(before), { mode: 0o600 });
  await openEditor(context, file);
  const change = { address, before, after: edited(file), file };
  const outcome = await applyChange(context, client, change).catch((error: unknown) => {
    throw error instanceof CommandFailure ? keptCopy(error.message, file) : error;
  });
  if (outcome === 'refused') throw keptCopy('error: nothing was changed', file);
  discard();
  context.stdout.write(
    outcome === 'unchanged' ? 'Edit cancelled, no changes made.\n' : `${singularName(kind)}/${name} edited\n`,
  );
  return 0;
}

function oneObject(words: readonly string[]): { kind: Kind; name: string } {
  const [argument, ...more] = parseResourceArguments(words);
  const [name, ...others] = argument?.names ?? [];
  if (argument && name !== undefined && others.length === 0 && more.length === 0) {
    return { kind: argument.kind, name };
  }
  throw new CommandFailure('error: edit takes one object, as in `kubectl edit virtualservice NAME`');
}

const INTRODUCTION = `# Please edit the object below. Lines beginning with a '#' will be ignored. It is applied when the editor ends;
# nothing is changed when the text is the same as before.
#
`;

async function openEditor({ env, cwd, runProgram }: CliContext, file: string): Promise<void> {
  const editor = env['KUBE_EDITOR'] || env['EDITOR'] || 'vi';
  // A shell, because the variable may hold arguments: `code --wait`, `sed -i …`.
  const args = ['-c', `${editor} "$1"`, 'sh', file];
  const exitCode = await runProgram({ command: '/bin/sh', args, env, cwd, interactive: true });
  if (exitCode !== 0) throw keptCopy(`error: there was a problem with the editor "${editor}"`, file);
}

function edited(file: string): JsonMap {
  const value = parsed(file);
  if (isMap(value)) return value;
  throw keptCopy('error: the edited text is no object', file);
}

function parsed(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const [line] = (cause as Error).message.split('\n');
    throw keptCopy(`error: the edited text is no YAML: ${line}`, file);
  }
}

function keptCopy(message: string, file: string): CommandFailure {
  return new CommandFailure(`${message}\nA copy of your changes has been stored to "${file}"`);
}
