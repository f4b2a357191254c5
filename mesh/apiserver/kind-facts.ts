import type { DraftObject, KubernetesObject, WriteOptions } from '#mesh/apiserver/object.ts';
import type { PatchSchema } from '#mesh/apiserver/patch/patches.ts';
import type { ResourceType } from '#mesh/apiserver/resource-type.ts';
import type { Printer } from '#mesh/apiserver/table/table.ts';

export interface ApplyOptions extends WriteOptions {
  readonly type: ResourceType;
  /** Take fields over that another manager has. */
  readonly force: boolean;
  readonly now: Date;
}

/** What answering a request needs to know about a kind. */
export interface KindFacts {
  printer(type: ResourceType, version: string): Printer;
  /** Undefined if it has no strategic merge, like every kind of a CustomResourceDefinition. */
  patchSchema(type: ResourceType, version: string): PatchSchema | undefined;
  /**
   * What server-side apply makes of an object, `metadata.managedFields` included.
   *
   * @throws ApiError 409 when another manager has a field and `force` is not set
   */
  applied(before: KubernetesObject | undefined, wanted: DraftObject, options: ApplyOptions): DraftObject;
}
