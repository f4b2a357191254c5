import { isIP } from 'node:net';

/** DNS suffix of Kubernetes Services; Istio's default `domainSuffix`. */
export const CLUSTER_DOMAIN = 'cluster.local';

export function serviceHost(name: string, namespace: string): string {
  return `${name}.${namespace}.svc.${CLUSTER_DOMAIN}`;
}

/**
 * A host in an Istio resource as a FQDN: a name without a dot belongs to the resource's own namespace
 * (https://istio.io/latest/docs/reference/config/networking/virtual-service/#Destination), all others stay.
 */
export function resolveHost(host: string, namespace: string): string {
  const isFull = host.includes('.') || host.startsWith('*') || isIP(host) !== 0;
  return isFull ? host : serviceHost(host, namespace);
}

/** Whether `pattern`, which may be `*` or `*.suffix`, covers `host`, which may be such a pattern itself. */
export function hostMatches(pattern: string, host: string): boolean {
  if (pattern === '*') return true;
  if (pattern.startsWith('*')) return host.endsWith(pattern.slice(1)) && host.length >= pattern.length;
  return pattern === host;
}

/** The narrower of two patterns, or nothing when they have no host in common. */
export function intersectHosts(left: string, right: string): string | undefined {
  if (hostMatches(left, right)) return right;
  return hostMatches(right, left) ? left : undefined;
}

/** Orders patterns from the most to the least specific: exact ones first, then longer wildcards. */
export function bySpecificity(left: string, right: string): number {
  return Number(left.startsWith('*')) - Number(right.startsWith('*')) || right.length - left.length;
}
