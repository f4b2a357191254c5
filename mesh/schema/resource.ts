import type { z } from 'zod';
import type { ManifestDocument } from '#mesh/load/document.ts';
import type { authorizationPolicy } from '#mesh/schema/istio/authorization-policy/authorization-policy.ts';
import type { destinationRule } from '#mesh/schema/istio/destination-rule/destination-rule.ts';
import type { gateway } from '#mesh/schema/istio/gateway.ts';
import type { peerAuthentication } from '#mesh/schema/istio/peer-authentication.ts';
import type { requestAuthentication } from '#mesh/schema/istio/request-authentication/request-authentication.ts';
import type { serviceEntry } from '#mesh/schema/istio/service-entry.ts';
import type { telemetry } from '#mesh/schema/istio/telemetry/telemetry.ts';
import type { virtualService } from '#mesh/schema/istio/virtual-service/virtual-service.ts';
import type { configMap } from '#mesh/schema/kubernetes/config-map.ts';
import type { deployment } from '#mesh/schema/kubernetes/deployment.ts';
import type { namespace } from '#mesh/schema/kubernetes/namespace.ts';
import type { persistentVolumeClaim } from '#mesh/schema/kubernetes/persistent-volume-claim.ts';
import type { secret } from '#mesh/schema/kubernetes/secret.ts';
import type { service } from '#mesh/schema/kubernetes/service.ts';
import type { serviceAccount } from '#mesh/schema/kubernetes/service-account.ts';

/** A parsed object: its schema's output (times in milliseconds, defaults filled in) and the document it stands in. */
type Parsed<Schema extends z.ZodType> = z.infer<Schema> & { readonly document: ManifestDocument };

export type Deployment = Parsed<typeof deployment>;
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
export type PeerAuthentication = Parsed<typeof peerAuthentication>;
export type RequestAuthentication = Parsed<typeof requestAuthentication>;
export type AuthorizationPolicy = Parsed<typeof authorizationPolicy>;
export type Telemetry = Parsed<typeof telemetry>;

/** Every kind that the laptop mesh carries out; `kind` tells them apart. */
export type Resource =
  | Deployment
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
  | PeerAuthentication
  | RequestAuthentication
  | AuthorizationPolicy
  | Telemetry;

export type Kind = Resource['kind'];
export type ResourceOf<K extends Kind> = Extract<Resource, { kind: K }>;

/** The resources of one kind, in order. */
export function ofKind<K extends Kind>(resources: readonly Resource[], kind: K): readonly ResourceOf<K>[] {
  return resources.filter((resource): resource is ResourceOf<K> => resource.kind === kind);
}
