import { CommandFailure } from '#mesh/cli/command-failure.ts';
import { type NamespaceFlags, namespaceOf, type SelectorFlags } from '#mesh/cli/flags.ts';
import { type FoundObjects, findObjects } from '#mesh/cli/kubectl/find-objects.ts';
import { type Kind, pluralName, singularName } from '#mesh/cli/kubectl/kinds.ts';
import { missingMessages } from '#mesh/cli/kubectl/missing.ts';
import { listField, textField } from '#mesh/cli/kubectl/object-fields.ts';
import { poll } from '#mesh/cli/kubectl/poll.ts';
import { parseResourceArguments } from '#mesh/cli/kubectl/resource-arguments.ts';
import type { Invocation } from '#mesh/cli/session.ts';
import type { KubernetesObject } from '#mesh/run/api.ts';

export interface WaitFlags extends NamespaceFlags, SelectorFlags {
  readonly for?: string;
  readonly timeout?: number;
  readonly all?: boolean;
}

/** `kubectl wait --for=condition=Ready pod …` and `--for=delete`. */
export async function wait({ context, operands, options }: Invocation<WaitFlags>): Promise<number> {
  const condition = parseCondition(options.for);
  const wanted = parseResourceArguments(operands);
  const client = await context.connect();
  const scope = {
    namespace: namespaceOf(options),
    ...(options.selector ? { selector: options.selector } : {}),
  };
  const find = async () =>
    (await Promise.all(wanted.map((each) => findObjects(client, each, scope)))).flatMap(entries);
  const names = await find();
  if (names.length === 0 && condition !== 'delete') return nothing(await missingOf());
  for (const { kind, name } of names) {
    await poll(
      async () => {
        const object = (await find()).find((entry) => entry.kind === kind && entry.name === name)?.object;
        return condition === 'delete'
          ? object === undefined
          : object !== undefined && holds(object, condition);
      },
      {
        timeout: options.timeout ?? 30_000,
        onTimeout: `error: timed out waiting for the condition on ${pluralName(kind)}/${name}`,
      },
    );
    context.stdout.write(`${singularName(kind)}/${name} condition met\n`);
  }
  return 0;

  async function missingOf(): Promise<readonly string[]> {
    return missingMessages(await Promise.all(wanted.map((each) => findObjects(client, each, scope))));
  }
}

interface Entry {
  readonly kind: Kind;
  readonly name: string;
  readonly object: KubernetesObject;
}

function entries({ kind, objects }: FoundObjects): readonly Entry[] {
  return objects.map((object) => ({ kind, name: object.metadata.name, object }));
}

function nothing(missing: readonly string[]): never {
  throw new CommandFailure(missing.join('').trimEnd() || 'error: no matching resources found');
}

function parseCondition(value: string | undefined): string {
  if (value === 'delete') return value;
  const [, condition] = /^condition=(\w+)$/.exec(value ?? '') ?? [];
  if (condition) return condition.toLowerCase();
  throw new CommandFailure('error: use --for=condition=Ready, --for=condition=Available or --for=delete');
}

function holds(object: KubernetesObject, condition: string): boolean {
  return listField(object, 'status', 'conditions').some(
    (entry) => textField(entry, 'type').toLowerCase() === condition && textField(entry, 'status') === 'True',
  );
}
