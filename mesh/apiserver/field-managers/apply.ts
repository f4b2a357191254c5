import { ApiError, badRequest } from '#mesh/apiserver/api-error.ts';
import {
  appliedFields,
  misfits,
  withoutIdentity,
  writable,
} from '#mesh/apiserver/field-managers/applied-fields.ts';
import { compare } from '#mesh/apiserver/field-managers/comparison.ts';
import {
  content,
  type Entries,
  emptyObject,
  entryOf,
  identityOf,
  lessChange,
  type Manager,
  ordered,
  withFields,
  withManagers,
} from '#mesh/apiserver/field-managers/entries.ts';
import {
  difference,
  type FieldSet,
  intersection,
  isEmptySet,
  pathsOf,
  union,
} from '#mesh/apiserver/field-managers/field-set.ts';
import type { FieldType } from '#mesh/apiserver/field-managers/field-type.ts';
import { kubectl, lastAppliedFields, withLastApplied } from '#mesh/apiserver/field-managers/last-applied.ts';
import { merged, withoutAbandoned } from '#mesh/apiserver/field-managers/merge.ts';
import type { ApplyOptions } from '#mesh/apiserver/kind-facts.ts';
import {
  type DraftObject,
  type KubernetesObject,
  type ManagedFieldsEntry,
  timestamp,
} from '#mesh/apiserver/object.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * What server-side apply makes of an object: what is wanted is merged in, and what this manager wanted before and does
 * not want any more goes, unless somebody else has it.
 *
 * @throws ApiError 400, 409 when others have a field and `force` is not set, 500 when the object does not fit its kind
 */
export function applied(
  before: KubernetesObject | undefined,
  wanted: DraftObject,
  { fieldType, ...options }: ApplyOptions & { readonly fieldType: FieldType },
): DraftObject {
  checkWanted(wanted, fieldType);
  const entries = entriesToApply(before, wanted, { ...options, fieldType });
  const live = before ? content(before) : emptyObject(fieldType);
  const application = { before, live, wanted, entries, fieldType, options };
  const { object, managers, conflicts } = applyOnce(application);
  const standing = options.force ? [] : withoutTakeover(conflicts, application);
  if (standing.length > 0) throw applyConflict(standing);
  const whole = withManagers(draftOf(object, wanted), ordered(managers));
  return options.manager === kubectl ? withLastApplied(whole, wanted) : whole;
}

interface Application {
  readonly before: KubernetesObject | undefined;
  readonly live: Fields;
  readonly wanted: DraftObject;
  readonly entries: Entries;
  readonly fieldType: FieldType;
  readonly options: ApplyOptions;
}

interface Outcome {
  readonly object: Fields;
  readonly managers: readonly ManagedFieldsEntry[];
  readonly conflicts: readonly Conflict[];
}

function applyOnce({ live, wanted, entries, fieldType, options }: Application): Outcome {
  const { manager, subresource, now } = options;
  const identity: Manager = { manager, operation: 'Apply', apiVersion: wanted.apiVersion, subresource };
  const isOwn = (entry: Manager) => identityOf(entry) === identityOf(identity);
  const last = entries.find(isOwn);
  const others = entries.filter((entry) => !isOwn(entry));
  const hasStatus = options.type.subresources.includes('status');
  const own = writable(appliedFields(wanted, fieldType), { subresource, hasStatus });
  const owned = others.map(({ fieldsV1 }) => fieldsV1).reduce(union, own);
  const whole = merged(live, wanted, fieldType);
  const object = last ? withoutAbandoned(whole, { last: last.fieldsV1, owned }, fieldType) : whole;
  const all = compare(live, object, fieldType);
  const change = {
    changed: writable(all.changed, { subresource, hasStatus }),
    removed: writable(all.removed, { subresource, hasStatus }),
  };
  const conflicts = others.flatMap((entry): Conflict[] => {
    const fields = intersection(entry.fieldsV1, change.changed);
    return isEmptySet(fields) ? [] : [{ manager: entry, fields }];
  });
  const isChanged = !isEmptySet(all.changed) || !isEmptySet(all.removed);
  // Who applies what is there already leaves no time.
  const time = isChanged ? timestamp(now) : last?.time;
  const rest = others.map((entry) => withFields(entry, lessChange(entry.fieldsV1, change)));
  return { object, managers: [...rest, entryOf(identity, withoutIdentity(own), time)], conflicts };
}

/** The conflicts without the fields that kubectl has set by client-side apply. */
function withoutTakeover(
  conflicts: readonly Conflict[],
  { before, wanted, fieldType, options }: Application,
): readonly Conflict[] {
  if (options.manager !== kubectl || !before) return conflicts;
  const allowed = lastAppliedFields(before, wanted.apiVersion, fieldType);
  if (!allowed) return conflicts;
  const standing = conflicts.map(({ manager, fields }) => ({ manager, fields: difference(fields, allowed) }));
  return standing.filter(({ fields }) => !isEmptySet(fields));
}

/** An object without managers so far belongs to a manager called `before-first-apply`. */
function entriesToApply(
  before: KubernetesObject | undefined,
  { apiVersion }: DraftObject,
  { subresource, fieldType, now }: ApplyOptions & { readonly fieldType: FieldType },
): Entries {
  const entries = before?.metadata.managedFields ?? [];
  if (!before || entries.length > 0) return entries;
  const { changed } = compare(emptyObject(fieldType), content(before), fieldType);
  const manager = { manager: 'before-first-apply', operation: 'Update', apiVersion, subresource } as const;
  return ordered([entryOf(manager, withoutIdentity(changed), timestamp(now))]);
}

function checkWanted(wanted: DraftObject, type: FieldType): void {
  const { name = '', namespace = '', managedFields } = wanted.metadata;
  if (managedFields !== undefined && managedFields !== null) {
    throw badRequest('metadata.managedFields must be nil');
  }
  const found = misfits(wanted, type);
  if (found.length === 0) return;
  const { apiVersion, kind } = wanted;
  const text = found.length === 1 ? found[0] : ['errors:', ...found.map((one) => `  ${one}`)].join('\n');
  const message = `failed to create typed patch object (${namespace}/${name}; ${apiVersion}, Kind=${kind}): ${text}`;
  throw new ApiError({ code: 500, reason: '', message });
}

/** The live object's version is no condition for an apply. */
function draftOf(object: Fields, { apiVersion, kind, metadata }: DraftObject): DraftObject {
  const { resourceVersion: _, ...rest } = (object['metadata'] ?? {}) as Partial<KubernetesObject['metadata']>;
  const wanted = metadata.resourceVersion !== undefined && { resourceVersion: metadata.resourceVersion };
  return { ...object, apiVersion, kind, metadata: { ...rest, ...wanted } };
}

/** Fields of another manager that an apply would change. */
interface Conflict {
  readonly manager: Manager;
  readonly fields: FieldSet;
}

/** 409 that names every field and who has it, in the words that kubectl prints. */
function applyConflict(conflicts: readonly Conflict[]): ApiError {
  const sorted = [...conflicts].sort((left, right) =>
    identityOf(left.manager) < identityOf(right.manager) ? -1 : 1,
  );
  const all = sorted.map(({ manager, fields }) => ({ owner: ownerText(manager), paths: pathsOf(fields) }));
  const causes = all.flatMap(({ owner, paths }) =>
    paths.map((field) => ({ reason: 'FieldManagerConflict', message: `conflict with ${owner}`, field })),
  );
  return new ApiError({ code: 409, reason: 'Conflict', message: messageOf(all), details: { causes } });
}

function messageOf(all: readonly { readonly owner: string; readonly paths: readonly string[] }[]): string {
  const count = all.reduce((sum, { paths }) => sum + paths.length, 0);
  const [first] = all;
  if (count === 1) return `Apply failed with 1 conflict: conflict with ${first?.owner}: ${first?.paths[0]}`;
  const lines = all.flatMap(({ owner, paths }) => [
    `conflicts with ${owner}:`,
    ...paths.map((path) => `- ${path}`),
  ]);
  return `Apply failed with ${count} conflicts: ${lines.join('\n')}`;
}

function ownerText({ manager, operation, apiVersion, subresource }: Manager): string {
  const name =
    JSON.stringify(manager) + (subresource ? ` with subresource ${JSON.stringify(subresource)}` : '');
  return operation === 'Update' ? `${name} using ${apiVersion}` : name;
}
