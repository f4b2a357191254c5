import type { Diagnostic } from '#mesh/diagnostic.ts';
import type { AdminClient } from '#mesh/run/proxies/admin-client.ts';

/** A configuration that an Envoy did not take over. */
export interface Rejection {
  readonly proxy: string;
  readonly reason: string;
}

/** Why Envoy refused its last update, in its own words: of routes only its log tells, of the rest also its dump. */
export async function rejectionReason(admin: AdminClient, log: string): Promise<string> {
  const details = new Set(rejectionsInLog(log));
  if (details.size === 0) {
    collect(await admin.configDump(), details);
  }
  return [...details].join('; ') || 'Envoy gave no reason';
}

/** `[…][warning][config] […] REST config for /v3/discovery:routes rejected: REASON` */
export function rejectionsInLog(log: string): readonly string[] {
  return log.split('\n').flatMap((line) => /config for \S+ rejected: (.+)$/.exec(line)?.[1] ?? []);
}

/** `error_state` stands beside each resource that failed, at several depths of the dump. */
function collect(value: unknown, details: Set<string>): void {
  if (typeof value !== 'object' || value === null) {
    return;
  }
  for (const [key, child] of Object.entries(value)) {
    if (key === 'error_state' && typeof child === 'object' && child !== null && 'details' in child) {
      details.add(String(child.details));
    } else {
      collect(child, details);
    }
  }
}

/** For the person whose apply it was. */
export function rejectionDiagnostic({ proxy, reason }: Rejection): Diagnostic {
  return {
    severity: 'error',
    code: 'M101-REJECTED',
    message: `the Envoy of ${proxy} refused the configuration: ${reason}`,
    fix: 'nothing was changed; correct what the reason names',
  };
}
