import { setTimeout as pause } from 'node:timers/promises';
import type { AdminClient } from '#mesh/istiod/xds/admin-client.ts';
import type { OfferedConfig } from '#mesh/istiod/xds/offered-config.ts';
import type { Kind } from '#mesh/istiod/xds/resources.ts';
import { type RoutedListener, servesVersion } from '#mesh/istiod/xds/version-barrier.ts';

/** How long an Envoy may take to take over a change before it counts as stuck. */
const timeout = 10_000;
const longestWait = 50;

/** A configuration that an Envoy did not take over. */
export interface Rejection {
  readonly proxy: string;
  readonly reason: string;
  /** It has not answered in time, and may still take it over. */
  readonly isLate: boolean;
}

export interface AcknowledgementOptions {
  readonly offered: OfferedConfig;
  readonly admin: AdminClient;
  readonly listeners: readonly RoutedListener[];
  /** What has changed. */
  readonly kinds: ReadonlySet<Kind>;
  /** Aborted when the Envoy's process has ended. */
  readonly ended: AbortSignal;
}

/**
 * Waits until Envoy has acknowledged every resource and its worker uses the routes. Resolves to the reason when it refuses
 * them or takes too long. An Envoy that dies meanwhile asks again when it is back, so nothing waits for it.
 */
export async function acknowledgement(
  options: AcknowledgementOptions,
): Promise<Omit<Rejection, 'proxy'> | undefined> {
  const { offered, ended } = options;
  const signal = AbortSignal.any([ended, AbortSignal.timeout(timeout)]);
  try {
    const reason = await offered.settled(signal);
    if (reason !== undefined) return { reason, isLate: false };
    await until(() => isWarm(options), signal);
    await until(() => workerServes(options), signal);
    return undefined;
  } catch (error) {
    if (!signal.aborted) throw error;
    if (ended.aborted) return undefined;
    const missing = offered.pending.join(', ') || 'its worker';
    return { reason: `not acknowledged within ${timeout / 1000} s: ${missing}`, isLate: true };
  }
}

async function until(holds: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  for (let wait = 2; !(await holds()); wait = Math.min(wait * 2, longestWait)) {
    await pause(wait, undefined, { signal });
  }
}

const WARMING = ['cluster_manager.warming_clusters', 'listener_manager.total_listeners_warming'];

/** Clusters and listeners are acknowledged before they are in use: a host's name may have to be resolved, a secret to come. */
async function isWarm({ admin, kinds }: AcknowledgementOptions): Promise<boolean> {
  if (!kinds.has('clusters') && !kinds.has('listeners')) return true;
  const stats = await admin.gauges(`^(${WARMING.join('|')})$`).catch(() => undefined);
  return stats !== undefined && WARMING.every((name) => (stats[name] ?? 0) === 0);
}

async function workerServes({ listeners, offered, kinds }: AcknowledgementOptions): Promise<boolean> {
  if (!kinds.has('listeners') && !kinds.has('routes')) return true;
  const answers = listeners.map((listener) => {
    const version = offered.versionOf('routes', listener.routes);
    return version === undefined || servesVersion(listener, version);
  });
  return (await Promise.all(answers)).every(Boolean);
}
