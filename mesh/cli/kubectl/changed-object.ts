import { isDeepStrictEqual } from 'node:util';
import { stringify } from 'yaml';
import { CommandFailure } from '#mesh/cli/command-failure.ts';
import type { CliContext } from '#mesh/cli/context.ts';
import { findObject, type ObjectAddress } from '#mesh/cli/kubectl/find-objects.ts';
import { singularName } from '#mesh/cli/kubectl/kinds.ts';
import type { JsonMap } from '#mesh/cli/kubectl/patches/merge-patch.ts';
import { printDiagnostics } from '#mesh/cli/output/diagnostics.ts';
import { hasErrors } from '#mesh/diagnostic.ts';
import type { Client } from '#mesh/run/client.ts';

const WRITTEN_BY_SERVER = ['uid', 'resourceVersion', 'creationTimestamp'];

/** An applied object without what the mesh adds to it, or a CommandFailure when it cannot be changed. */
export async function changeable(client: Client, address: ObjectAddress): Promise<JsonMap> {
  const { status: _, ...object } = await findObject(client, address);
  if (object.metadata['resourceVersion'] === undefined) {
    const name = `${singularName(address.kind)}/${address.name}`;
    throw new CommandFailure(
      `error: ${name} was made by the mesh and cannot be changed; change what it is made from`,
    );
  }
  const own = Object.entries(object.metadata).filter(([field]) => !WRITTEN_BY_SERVER.includes(field));
  return { ...object, metadata: Object.fromEntries(own) } as unknown as JsonMap;
}

export interface Change {
  readonly address: ObjectAddress;
  readonly before: JsonMap;
  readonly after: JsonMap;
  /** How diagnostics name the text that they speak of. */
  readonly file: string;
  readonly dryRun?: boolean;
}

/** Brings a changed object to the mesh. Resolves with what has become of it; `refused` has been explained by then. */
export async function applyChange(
  context: CliContext,
  client: Client,
  { address, before, after, file, dryRun = false }: Change,
): Promise<'changed' | 'unchanged' | 'refused'> {
  refuseRename(before, after, address);
  if (isDeepStrictEqual(before, after)) return 'unchanged';
  const files = [{ file, text: stringify(after) }];
  const { diagnostics } = await client.apply({ files, namespace: address.namespace || 'default', dryRun });
  printDiagnostics(context, diagnostics);
  return hasErrors(diagnostics) ? 'refused' : 'changed';
}

/** Another name or kind would be another object. */
function refuseRename(before: JsonMap, after: JsonMap, { kind, name }: ObjectAddress): void {
  const identity = ({ kind: own, metadata }: JsonMap) => {
    const fields = metadata as JsonMap | undefined;
    return [own, fields?.['name'], fields?.['namespace']];
  };
  if (isDeepStrictEqual(identity(before), identity(after))) return;
  throw new CommandFailure(
    `error: kind, name and namespace of ${singularName(kind)}/${name} cannot be changed; create another object`,
  );
}
