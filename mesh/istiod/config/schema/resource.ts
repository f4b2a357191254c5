import type { z } from 'zod';
import type { Diagnostic } from '#mesh/diagnostic.ts';
import type { ManifestDocument, YamlPath } from '#mesh/istiod/config/load/document.ts';
import type { authorizationPolicy } from '#mesh/istiod/config/schema/istio/authorization-policy/authorization-policy.ts';
import type { destinationRule } from '#mesh/istiod/config/schema/istio/destination-rule/destination-rule.ts';
import type { envoyFilter } from '#mesh/istiod/config/schema/istio/envoy-filter.ts';
import type { gateway } from '#mesh/istiod/config/schema/istio/gateway.ts';
import type { peerAuthentication } from '#mesh/istiod/config/schema/istio/peer-authentication.ts';
import type { proxyConfig } from '#mesh/istiod/config/schema/istio/proxy-config.ts';
import type { requestAuthentication } from '#mesh/istiod/config/schema/istio/request-authentication/request-authentication.ts';
import type { serviceEntry, workloadEntry } from '#mesh/istiod/config/schema/istio/service-entry.ts';
import type { sidecar } from '#mesh/istiod/config/schema/istio/sidecar.ts';
import type { telemetry } from '#mesh/istiod/config/schema/istio/telemetry/telemetry.ts';
import type { virtualService } from '#mesh/istiod/config/schema/istio/virtual-service/virtual-service.ts';
import type {
  configMap,
  namespace,
  persistentVolumeClaim,
  secret,
  serviceAccount,
} from '#mesh/istiod/config/schema/kubernetes/configuration.ts';
import type {
  daemonSet,
  deployment,
  job,
  pod,
  statefulSet,
} from '#mesh/istiod/config/schema/kubernetes/deployment.ts';
import type { service } from '#mesh/istiod/config/schema/kubernetes/service.ts';
import { once } from '#mesh/once.ts';

/** A parsed object: its schema's output (times in milliseconds, defaults filled in) and the document it stands in. */
type Parsed<Schema extends z.ZodType> = z.infer<Schema> & { readonly document: ManifestDocument };

export type Deployment = Parsed<typeof deployment>;
export type StatefulSet = Parsed<typeof statefulSet>;
export type DaemonSet = Parsed<typeof daemonSet>;
export type Job = Parsed<typeof job>;
export type Pod = Parsed<typeof pod>;
export type Service = Parsed<typeof service>;
export type ConfigMap = Parsed<typeof configMap>;
export type Secret = Parsed<typeof secret>;
export type PersistentVolumeClaim = Parsed<typeof persistentVolumeClaim>;
export type ServiceAccount = Parsed<typeof serviceAccount>;
export type Namespace = Parsed<typeof namespace>;
export type Gateway = Parsed<typeof gateway>;
export type VirtualService = Parsed<typeof virtualService>;
export type DestinationRule = Parsed<typeof destinationRule>;
export type ServiceEntry = Parsed<typeof serviceEntry>;
export type Sidecar = Parsed<typeof sidecar>;
export type WorkloadEntry = Parsed<typeof workloadEntry>;
export type PeerAuthentication = Parsed<typeof peerAuthentication>;
export type RequestAuthentication = Parsed<typeof requestAuthentication>;
export type AuthorizationPolicy = Parsed<typeof authorizationPolicy>;
export type Telemetry = Parsed<typeof telemetry>;
export type EnvoyFilter = Parsed<typeof envoyFilter>;
export type ProxyConfig = Parsed<typeof proxyConfig>;

/** Every kind that the laptop mesh carries out, distinguished by `kind`. */
export type Resource =
  | Deployment
  | StatefulSet
  | DaemonSet
  | Job
  | Pod
  | Service
  | ConfigMap
  | Secret
  | PersistentVolumeClaim
  | ServiceAccount
  | Namespace
  | Gateway
  | VirtualService
  | DestinationRule
  | ServiceEntry
  | Sidecar
  | WorkloadEntry
  | PeerAuthentication
  | RequestAuthentication
  | AuthorizationPolicy
  | Telemetry
  | EnvoyFilter
  | ProxyConfig;

export type Kind = Resource['kind'];
export type ResourceOf<K extends Kind> = Extract<Resource, { kind: K }>;

/** The resources of one kind, in order. */
export function ofKind<K extends Kind>(resources: readonly Resource[], kind: K): readonly ResourceOf<K>[] {
  const found = byKind(resources).get(kind) ?? [];
  return found.filter((resource): resource is ResourceOf<K> => resource.kind === kind);
}

/** What makes pods of a template. */
export type PodOwner = Deployment | StatefulSet | DaemonSet | Job;

/** All that make pods, kind by kind. */
export function podOwners(resources: readonly Resource[]): readonly PodOwner[] {
  return [
    ...ofKind(resources, 'Deployment'),
    ...ofKind(resources, 'StatefulSet'),
    ...ofKind(resources, 'DaemonSet'),
    ...ofKind(resources, 'Job'),
  ];
}

/** A diagnostic with the place in the object that it is about. */
export interface Placed {
  readonly path: YamlPath;
  readonly diagnostic: Diagnostic;
}

/** One reader's diagnostics, and the other's for different places: each mistake is reported once. */
export function merged(first: readonly Placed[], further: readonly Placed[]): readonly Placed[] {
  const reported = new Set(first.map(({ path }) => JSON.stringify(path)));
  const around = new Set(first.flatMap(({ path }) => ancestors(path)));
  const isSaid = ({ path }: Placed) =>
    around.has(JSON.stringify(path)) || ancestors(path).some((outer) => reported.has(outer));
  return [...first, ...further.filter((one) => !isSaid(one))];
}

/** A path, and all that lead to it. */
function ancestors(path: YamlPath): readonly string[] {
  return [...path.keys(), path.length].map((length) => JSON.stringify(path.slice(0, length)));
}

/** How quotes make a value the expected one, or their absence; undefined when they do not. */
export function quotes(value: unknown, expected: string | undefined): string | undefined {
  if (expected === 'string' && typeof value === 'number') return `put it in quotes: "${value}"`;
  if (expected === 'string' && typeof value === 'boolean')
    return 'put it in quotes: YAML takes true, false, yes, no, y, n, on and off without quotes for booleans';
  const quotedNumber = typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value));
  return quotedNumber && ['int', 'integer', 'number'].includes(expected ?? '')
    ? `remove the quotes: ${value}`
    : undefined;
}

const byKind = once((resources: readonly Resource[]) => Map.groupBy(resources, ({ kind }) => kind));
