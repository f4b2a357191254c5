import type { Cause } from '#mesh/apiserver/api-error.ts';
import type { DraftObject, KubernetesObject } from '#mesh/apiserver/object.ts';
import type { ResourceType } from '#mesh/apiserver/resource-type.ts';

/** A field that the shape does not have. */
export interface UnknownField {
  /** From the object's root: `spec.foo`. */
  readonly field: string;
  /** The name of a field beside it that may be meant. */
  readonly meant?: string | undefined;
}

/** What the API knows about the objects of each kind, apart from where they are kept. */
export interface ObjectRules {
  /** The object in its shape: fields that the shape does not have are left out and returned. */
  prune(
    object: DraftObject,
    type: ResourceType,
  ): { readonly object: DraftObject; readonly unknown: readonly UnknownField[] };
  /** With the values that Kubernetes fills in. */
  defaulted(object: DraftObject, type: ResourceType, before?: KubernetesObject): DraftObject;
  /** Everything that is wrong with it; with `before`, also what may not change. */
  causes(object: KubernetesObject, type: ResourceType, before?: KubernetesObject): readonly Cause[];
  /** What is right but probably not meant, and what is out of date: for `Warning` headers. */
  warnings?(object: KubernetesObject, type: ResourceType, before?: KubernetesObject): readonly string[];
  /** @throws ApiError 413, when it is too large to be kept */
  checkSize?(object: KubernetesObject): void;
}

/** One change of one object. */
export type Change = {
  readonly type: ResourceType;
  readonly before: KubernetesObject | undefined;
  /** Undefined: remove it. */
  readonly after: KubernetesObject | undefined;
};

export interface Admitted {
  /** For `Warning` headers. */
  readonly warnings: readonly string[];
  /** To be called when the change is in the store, or has not come there after all. */
  readonly settled?: (stored: boolean) => void;
}

/**
 * Asked before a change becomes visible; resolves when the change may.
 *
 * @throws ApiError when the change is refused; then nothing has changed.
 */
export type Admission = (change: Change, options: AdmissionOptions) => Promise<Admitted>;

export interface AdmissionOptions {
  readonly dryRun: boolean;
  /** Who writes. */
  readonly manager: string;
}

export interface UpdateOptions {
  readonly before: KubernetesObject | undefined;
  readonly after: KubernetesObject;
  readonly manager: string;
  readonly subresource?: string | undefined;
  /** The version that the manager speaks, where it is not the stored one. */
  readonly apiVersion?: string | undefined;
  readonly now: Date;
}

/** Keeps `metadata.managedFields`. */
export interface FieldManagers {
  /** The object with what an update by `manager` has set. */
  updated(options: UpdateOptions): KubernetesObject;
}
