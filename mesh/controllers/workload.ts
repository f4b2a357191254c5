import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Api } from '#mesh/apiserver/api.ts';
import {
  type DraftObject,
  isObject,
  type KubernetesObject,
  type OwnerReference,
  type StringMap,
} from '#mesh/apiserver/object.ts';
import type { ResourceType } from '#mesh/apiserver/resource-type.ts';
import type { LabelSelector } from '#mesh/apiserver/selector.ts';

/** A pod template, or a pod's own metadata and spec. */
export interface PodTemplate {
  readonly metadata?: { readonly labels?: StringMap; readonly annotations?: StringMap };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** A Deployment, ReplicaSet, StatefulSet, DaemonSet or Job: validated and defaulted by the API server. */
export interface Workload extends KubernetesObject {
  readonly spec: {
    readonly replicas?: number;
    readonly selector: LabelSelector;
    readonly template: PodTemplate;
    readonly minReadySeconds?: number;
    readonly revisionHistoryLimit?: number;
    readonly [field: string]: unknown;
  };
  readonly status?: Readonly<Record<string, unknown>>;
}

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
  readonly lastUpdateTime?: string;
  readonly observedGeneration?: number | undefined;
}

export interface Pod extends KubernetesObject {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly Condition[];
    readonly podIP?: string;
    readonly [field: string]: unknown;
  };
}

/** The resource of a built-in kind. */
export function typeOf(api: Api, key: string): ResourceType {
  const type = api.types.byKey(key);
  if (!type) throw new Error(`the API has no ${key}`);
  return type;
}

export function keyOf({ metadata: { namespace = '', name } }: KubernetesObject): string {
  return `${namespace}/${name}`;
}

export function splitKey(key: string): { readonly namespace: string; readonly name: string } {
  const [namespace = '', name = ''] = key.split('/');
  return { namespace, name };
}

/** Undefined when it has gone. */
export function find<T extends KubernetesObject>(api: Api, resource: string, key: string): T | undefined {
  return api.store.get(resource, splitKey(key)) as T | undefined;
}

export function controllerOf({ metadata }: KubernetesObject | DraftObject): OwnerReference | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller);
}

export function ownerReference({
  apiVersion,
  kind,
  metadata: { name, uid },
}: KubernetesObject): OwnerReference {
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** The objects of a resource that an object controls. */
export function controlled<T extends KubernetesObject>(
  api: Api,
  resource: string,
  owner: KubernetesObject,
): T[] {
  const all = api.store.list(resource, owner.metadata.namespace) as readonly T[];
  return all.filter((object) => controllerOf(object)?.uid === owner.metadata.uid);
}

/** `namespace/name` of an object's controller of a kind. */
export function controllerKey(object: KubernetesObject, kind: string): readonly string[] {
  const owner = controllerOf(object);
  return owner?.kind === kind ? [`${object.metadata.namespace ?? ''}/${owner.name}`] : [];
}

export function isTerminating({ metadata }: KubernetesObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

export function hasEnded({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

/** A pod that counts: neither ended nor told to. */
export function isActive(pod: Pod): boolean {
  return !isTerminating(pod) && !hasEnded(pod);
}

export function condition(pod: Pod, type: string): Condition | undefined {
  return pod.status?.conditions?.find((one) => one.type === type);
}

export function isReady(pod: Pod): boolean {
  return condition(pod, 'Ready')?.status === 'True';
}

/** Milliseconds until a ready pod counts as available; 0 when it does, undefined when it is not ready. */
export function untilAvailable(pod: Pod, minReadySeconds = 0, now = Date.now()): number | undefined {
  const ready = condition(pod, 'Ready');
  if (ready?.status !== 'True') return undefined;
  if (minReadySeconds === 0) return 0;
  const since = Date.parse(ready.lastTransitionTime ?? '');
  return Math.max(0, since + minReadySeconds * 1000 - now);
}

/** Writes an object's status, when it differs. */
export async function writeStatus(
  api: Api,
  { resource, object, status, manager }: StatusUpdate,
): Promise<void> {
  const known = api.store.get(resource, object.metadata);
  if (!known || isDeepStrictEqual(known['status'], withoutUndefined(status))) return;
  await api.update(typeOf(api, resource), object.metadata, (before) => ({ ...before, status }), {
    manager,
    subresource: 'status',
    trusted: true,
  });
}

function withoutUndefined(status: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(status).filter(([, value]) => value !== undefined));
}

export interface StatusUpdate {
  readonly resource: string;
  readonly object: KubernetesObject;
  readonly status: Readonly<Record<string, unknown>>;
  readonly manager: string;
}

/** A condition with its times: the transition's stays while the status does. */
export function withTimes(
  wanted: Condition,
  before: readonly Condition[] | undefined,
  now: string,
): Condition {
  const known = before?.find(({ type }) => type === wanted.type);
  const same = known?.status === wanted.status;
  const unchanged = same && known.reason === wanted.reason && known.message === wanted.message;
  return {
    ...wanted,
    lastTransitionTime: (same && known.lastTransitionTime) || now,
    lastUpdateTime: (unchanged && known.lastUpdateTime) || now,
  };
}

const digits = 'bcdfghjklmnpqrstvwxz2456789';

/** A short name for a value: the same for equal ones, whatever the order of their keys. */
export function templateHash(value: unknown): string {
  const digest = createHash('sha256')
    .update(JSON.stringify(sorted(value)))
    .digest();
  return [...digest.subarray(0, 10)].map((byte) => digits[byte % digits.length]).join('');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.keys(value)
    .sort()
    .map((key) => [key, sorted(value[key])]);
}
