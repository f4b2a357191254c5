/**
 * A Service's fictitious address: nothing on the laptop is bound to it, but programs read it from `*_SERVICE_HOST` and
 * sidecars route it. A hash of the host keeps it the same from run to run, within Kubernetes' usual 10.96.0.0/12.
 */
export function clusterIpOf(host: string): string {
  let hash = 2166136261; // FNV-1a
  for (const byte of Buffer.from(host)) hash = Math.imul(hash ^ byte, 16777619) >>> 0;
  return `10.${96 + (hash % 16)}.${(hash >>> 8) % 256}.${1 + ((hash >>> 16) % 254)}`;
}
