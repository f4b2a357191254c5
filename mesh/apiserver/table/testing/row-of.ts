import { Kinds } from '#mesh/apiserver/kinds/kinds.ts';
import type { KubernetesObject, ObjectMeta } from '#mesh/apiserver/object.ts';
import { printers } from '#mesh/apiserver/table/printers.ts';

export const kinds = new Kinds();
export const now = new Date('2026-03-01T12:00:00Z');
/** Five minutes before {@link now}. */
export const created = '2026-03-01T11:55:00Z';

export function objectOf(
  kind: string,
  fields: Readonly<Record<string, unknown>> = {},
  metadata: Partial<ObjectMeta> = {},
): KubernetesObject {
  const [apiVersion = '', name = ''] = kind.split(' ');
  const meta = { name: 'it', uid: 'u', resourceVersion: '1', creationTimestamp: created, ...metadata };
  return { apiVersion, kind: name, ...fields, metadata: meta };
}

/** What stands in each column of an object: `apps/v1 Deployment` with the fields beside its metadata. */
export function rowOf(
  kind: string,
  fields: Readonly<Record<string, unknown>> = {},
  metadata: Partial<ObjectMeta> = {},
): Record<string, unknown> {
  const object = objectOf(kind, fields, metadata);
  const type = kinds.types.ofKind(object.apiVersion, object.kind);
  if (!type) throw new Error(`${kind} is not served`);
  const { columns, cells } = printers((each) => kinds.definitionOf(each))(
    type,
    object.apiVersion.split('/').at(-1) ?? '',
  );
  const values = cells(object, now);
  return Object.fromEntries(columns.map(({ name }, index) => [name, values[index]]));
}
