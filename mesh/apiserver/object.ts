/** Labels or annotations as on a Kubernetes object's metadata. */
export type StringMap = Readonly<Record<string, string>>;

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** Who set which fields, as server-side apply keeps it (`fieldsV1` is a tree of `f:`, `k:` and `v:` keys). */
export interface ManagedFieldsEntry {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly time?: string;
  readonly fieldsType: 'FieldsV1';
  readonly fieldsV1: JsonObject;
  readonly subresource?: string;
}

/** metav1.ObjectMeta of an object that is stored. Times are RFC 3339 with whole seconds. */
export interface ObjectMeta {
  readonly name: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: StringMap;
  readonly annotations?: StringMap;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly finalizers?: readonly string[];
  readonly managedFields?: readonly ManagedFieldsEntry[];
}

/** An object as the API serves it. The store shares it with all readers, so nobody may change it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

/** An object on its way to the store: names and versions may still be missing. */
export interface DraftObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Partial<ObjectMeta>;
  readonly [field: string]: unknown;
}

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [field: string]: JsonValue;
}

/** Kubernetes' times have no fractions. */
export function timestamp(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a request says about how to write. */
export interface WriteOptions {
  /** Who writes: `kubectl-client-side-apply`, a controller's name. */
  readonly manager: string;
  readonly dryRun?: boolean;
  /** Unknown fields: refused, warned of, or dropped in silence. Default `Warn`. */
  readonly fieldValidation?: 'Strict' | 'Warn' | 'Ignore';
  /** `status`: nothing else of the object changes. */
  readonly subresource?: string | undefined;
  /** The server's own: what it writes is taken as it is. */
  readonly trusted?: boolean;
  /** The object's managedFields are written already, by server-side apply. */
  readonly applied?: boolean;
}

export interface DeleteOptions {
  readonly manager: string;
  readonly dryRun?: boolean;
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

/** An answer with the texts of its `Warning` headers. */
export interface Written<T> {
  readonly object: T;
  readonly warnings: readonly string[];
}
