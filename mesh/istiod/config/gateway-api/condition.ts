import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import { timestamp } from '#mesh/apiserver/object.ts';
import type { Condition } from '#mesh/istiod/config/gateway-api/objects.ts';

/** A condition of the object as it is now: `True`, when nothing else is said. */
export function condition(
  { metadata }: KubernetesObject,
  {
    status = 'True',
    ...said
  }: Pick<Condition, 'type' | 'reason' | 'message'> & Partial<Pick<Condition, 'status'>>,
): Condition {
  return { ...said, status, observedGeneration: metadata.generation ?? 1 };
}

/**
 * A status whose conditions, wherever in it they are, have the time of their last transition: the known one while their status
 * stays the same.
 *
 * @param before the status as it is stored
 */
export function withTransitions(
  wanted: Readonly<Record<string, unknown>>,
  before: unknown,
  now = new Date(),
): Readonly<Record<string, unknown>> {
  return timed(wanted, before, timestamp(now)) as Readonly<Record<string, unknown>>;
}

function timed(wanted: unknown, before: unknown, now: string): unknown {
  if (Array.isArray(wanted)) {
    const known: readonly unknown[] = Array.isArray(before) ? before : [];
    return wanted.map((one, index) => timed(one, counterpart(one, known, index), now));
  }
  if (typeof wanted !== 'object' || wanted === null) return wanted;
  const known = (typeof before === 'object' && before !== null ? before : {}) as Record<string, unknown>;
  if ('observedGeneration' in wanted && 'type' in wanted) {
    const { status } = wanted as unknown as Condition;
    const since = known['status'] === status ? known['lastTransitionTime'] : undefined;
    return { ...wanted, lastTransitionTime: since ?? now };
  }
  return Object.fromEntries(
    Object.entries(wanted).map(([field, value]) => [field, timed(value, known[field], now)]),
  );
}

/** Of a list the member that is about the same: the condition of a type, the listener of a name, the parent at its place. */
function counterpart(wanted: unknown, known: readonly unknown[], index: number): unknown {
  const { type, name } = (wanted ?? {}) as { readonly type?: unknown; readonly name?: unknown };
  if (type === undefined && name === undefined) return known[index];
  return known.find((one) => {
    const other = (one ?? {}) as { readonly type?: unknown; readonly name?: unknown };
    return other.type === type && other.name === name;
  });
}
