import { CommandFailure } from '#mesh/cli/command-failure.ts';
import { type NamespaceFlags, namespaceOf } from '#mesh/cli/flags.ts';
import { findObject } from '#mesh/cli/kubectl/find-objects.ts';
import { singularName } from '#mesh/cli/kubectl/kinds.ts';
import { parseResourceArguments } from '#mesh/cli/kubectl/resource-arguments.ts';
import type { Invocation } from '#mesh/cli/session.ts';
import type { KubernetesObject } from '#mesh/run/api.ts';

export interface LabelFlags extends NamespaceFlags {
  readonly overwrite?: boolean;
}

interface LabelChanges {
  readonly set: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
}

/** `kubectl label namespace default istio-injection=enabled`, or `key-` to take it away. */
export async function label({ context, operands, options }: Invocation<LabelFlags>): Promise<number> {
  const changes = parseChanges(operands);
  const objects = parseResourceArguments(operands.filter((word) => !isChange(word)));
  const client = await context.connect();
  const overwrite = options.overwrite ?? false;
  for (const { kind, names } of objects) {
    if (names.length === 0)
      throw new CommandFailure('error: one or more resources must be specified by name');
    for (const name of names) {
      const namespace = kind.namespaced ? namespaceOf(options) : '';
      const object = await findObject(client, { kind, name, namespace });
      refuseOverwrite(object, changes, overwrite);
      if (alters(object, changes)) {
        await client.label({ kind: kind.kind, name, namespace, ...changes, overwrite });
      }
      context.stdout.write(`${singularName(kind)}/${name} ${outcome(object, changes)}\n`);
    }
  }
  return 0;
}

function isChange(word: string): boolean {
  return word.includes('=') || word.endsWith('-');
}

function parseChanges(words: readonly string[]): LabelChanges {
  const changes = words.filter(isChange);
  if (changes.length === 0)
    throw new CommandFailure('error: at least one label update is required: KEY=VALUE or KEY-');
  const pairs = changes.filter((word) => word.includes('='));
  return {
    set: Object.fromEntries(
      pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
    ),
    remove: changes.filter((word) => !word.includes('=')).map((word) => word.slice(0, -1)),
  };
}

function refuseOverwrite({ metadata }: KubernetesObject, { set }: LabelChanges, overwrite: boolean): void {
  for (const [key, value] of Object.entries(set)) {
    const present = metadata.labels?.[key];
    if (overwrite || present === undefined || present === value) continue;
    throw new CommandFailure(`error: '${key}' already has a value (${present}), and --overwrite is false`);
  }
}

function alters({ metadata }: KubernetesObject, { set, remove }: LabelChanges): boolean {
  const labels = metadata.labels ?? {};
  return (
    Object.entries(set).some(([key, value]) => labels[key] !== value) || remove.some((key) => key in labels)
  );
}

function outcome(object: KubernetesObject, changes: LabelChanges): string {
  if (!alters(object, changes)) return 'not labeled';
  return Object.keys(changes.set).length > 0 ? 'labeled' : 'unlabeled';
}
