import { setTimeout as pause } from 'node:timers/promises';
import type { LogFile } from '#mesh/run/process/log-file.ts';
import type { AdminClient } from '#mesh/run/proxies/admin-client.ts';
import { rejectionReason } from '#mesh/run/proxies/rejection.ts';
import { type RoutedListener, servesVersion } from '#mesh/run/proxies/version-barrier.ts';
import { configurationStats, isCurrent, outdated, rejections } from '#mesh/run/proxies/versions.ts';

/** How long an Envoy may take to take over a change before it counts as stuck. */
const timeout = 10_000;
const longestWait = 50;

export interface AcknowledgementOptions {
  readonly admin: AdminClient;
  readonly log: LogFile;
  /** Where the log ended before the change. */
  readonly logOffset: number;
  /** From each resource (`routes/http_proxy`) to the version that Envoy is to show. */
  readonly versions: ReadonlyMap<string, string>;
  readonly listeners: readonly RoutedListener[];
  readonly isLive: () => boolean;
}

/**
 * Waits until Envoy has taken over every resource and its worker uses the routes. Resolves to the reason when it refuses
 * them. An Envoy that dies meanwhile asks again when it is back, so nothing waits for it.
 */
export async function acknowledgement(options: AcknowledgementOptions): Promise<string | undefined> {
  const { admin, versions, isLive } = options;
  const deadline = Date.now() + timeout;
  let missing: readonly string[] = [];
  for (let wait = 2; Date.now() < deadline; wait = Math.min(wait * 2, longestWait)) {
    if (!isLive()) {
      return undefined;
    }
    const stats = await admin.stats(configurationStats).catch(() => undefined);
    if (stats && rejections(stats) > admin.rejectionsSeen) {
      admin.rejectionsSeen = rejections(stats);
      return rejectionReason(admin, options.log.read(options.logOffset));
    }
    if (stats && isCurrent(stats, versions) && (await workerServes(options))) {
      return undefined;
    }
    missing = stats ? outdated(stats, versions) : [];
    await pause(wait);
  }
  return `not acknowledged within ${timeout / 1000} s: ${missing.join(', ') || 'its worker'}`;
}

async function workerServes({ listeners, versions }: AcknowledgementOptions): Promise<boolean> {
  const known = listeners.filter(({ routes }) => versions.has(routes));
  const answers = known.map(({ port, routes }) => servesVersion(port, versions.get(routes) ?? ''));
  return (await Promise.all(answers)).every(Boolean);
}
