/** Asked for by machines, every few seconds: no spans. */
export const PROBES: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);
