import { withoutIdentity } from '#mesh/apiserver/field-managers/applied-fields.ts';
import { type Comparison, compare } from '#mesh/apiserver/field-managers/comparison.ts';
import {
  capped,
  content,
  type Entries,
  emptyObject,
  entriesToUpdate,
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
  isEmptySet,
  noFields,
  union,
} from '#mesh/apiserver/field-managers/field-set.ts';
import type { FieldType } from '#mesh/apiserver/field-managers/field-type.ts';
import { type KubernetesObject, type ManagedFieldsEntry, timestamp } from '#mesh/apiserver/object.ts';
import type { UpdateOptions } from '#mesh/apiserver/rules.ts';

/** The object with `metadata.managedFields` as an update by `manager` leaves them: what it changed is its own from now on. */
export function updated(options: UpdateOptions, type: FieldType): KubernetesObject {
  const { before, after, manager, subresource, apiVersion = after.apiVersion, now } = options;
  const entries = entriesToUpdate(before, after, subresource);
  // An object whose managers were removed is not tracked until somebody applies it.
  if (before && entries.length === 0) return withManagers(after, []);
  const change = compare(before ? content(before) : emptyObject(type), content(after), type);
  const own = withoutIdentity(change.changed);
  const identity: Manager = { manager: manager || 'unknown', operation: 'Update', apiVersion, subresource };
  return withManagers(after, ordered(capped(taken(entries, change, { ...identity, own, now }))));
}

interface Taker extends Manager {
  readonly own: FieldSet;
  readonly now: Date;
}

/** The entries without what has changed, which is the taker's. */
function taken(entries: Entries, change: Comparison, taker: Taker): ManagedFieldsEntry[] {
  const { own, now } = taker;
  const rest = entries.map((entry) => withFields(entry, lessChange(entry.fieldsV1, change)));
  if (isEmptySet(own)) return rest;
  const identity = identityOf(taker);
  const previous = entries.find((entry) => identityOf(entry) === identity);
  const kept = previous && lessChange(previous.fieldsV1, change);
  // What it had is still its own: the set stays the same object when nothing has come or gone.
  const fields =
    previous && isSameSet(previous.fieldsV1, kept, own) ? previous.fieldsV1 : union(kept ?? noFields, own);
  const others = rest.filter((entry) => identityOf(entry) !== identity);
  return [...others, entryOf(taker, fields, timestamp(now))];
}

function isSameSet(previous: FieldSet, kept: FieldSet | undefined, own: FieldSet): boolean {
  return (
    kept !== undefined &&
    isEmptySet(difference(own, previous)) &&
    isEmptySet(difference(difference(previous, kept), own))
  );
}
