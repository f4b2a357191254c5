import type { z } from 'zod';
import type { CustomResourceDefinition } from '#mesh/apiserver/shapes/definitions.ts';
import { apiVersionOf, resourceTypes } from '#mesh/apiserver/shapes/resources.ts';
import { type Shape, shapeOf, shapeOfCrd } from '#mesh/apiserver/shapes/shape.ts';
import type { ManifestDocument } from '#mesh/istiod/config/load/document.ts';
import { authorizationPolicy } from '#mesh/istiod/config/schema/istio/authorization-policy/authorization-policy.ts';
import { destinationRule } from '#mesh/istiod/config/schema/istio/destination-rule/destination-rule.ts';
import { envoyFilter } from '#mesh/istiod/config/schema/istio/envoy-filter.ts';
import { gateway } from '#mesh/istiod/config/schema/istio/gateway.ts';
import { peerAuthentication } from '#mesh/istiod/config/schema/istio/peer-authentication.ts';
import { proxyConfig } from '#mesh/istiod/config/schema/istio/proxy-config.ts';
import { requestAuthentication } from '#mesh/istiod/config/schema/istio/request-authentication/request-authentication.ts';
import { serviceEntry, workloadEntry } from '#mesh/istiod/config/schema/istio/service-entry.ts';
import { sidecar } from '#mesh/istiod/config/schema/istio/sidecar.ts';
import { telemetry } from '#mesh/istiod/config/schema/istio/telemetry/telemetry.ts';
import { virtualService } from '#mesh/istiod/config/schema/istio/virtual-service/virtual-service.ts';
import {
  configMap,
  namespace,
  persistentVolumeClaim,
  secret,
  serviceAccount,
} from '#mesh/istiod/config/schema/kubernetes/configuration.ts';
import {
  daemonSet,
  deployment,
  job,
  pod,
  statefulSet,
} from '#mesh/istiod/config/schema/kubernetes/deployment.ts';
import { service } from '#mesh/istiod/config/schema/kubernetes/service.ts';
import type { Kind, ResourceOf } from '#mesh/istiod/config/schema/resource.ts';

type Object<K extends Kind> = Omit<ResourceOf<K>, 'document'>;

/** The kinds that the laptop mesh carries out. */
export const schemas: { readonly [K in Kind]: z.ZodType<Object<K>> } = {
  Deployment: deployment,
  StatefulSet: statefulSet,
  DaemonSet: daemonSet,
  Job: job,
  Pod: pod,
  Service: service,
  ConfigMap: configMap,
  Secret: secret,
  PersistentVolumeClaim: persistentVolumeClaim,
  ServiceAccount: serviceAccount,
  Namespace: namespace,
  Gateway: gateway,
  VirtualService: virtualService,
  DestinationRule: destinationRule,
  ServiceEntry: serviceEntry,
  Sidecar: sidecar,
  WorkloadEntry: workloadEntry,
  PeerAuthentication: peerAuthentication,
  RequestAuthentication: requestAuthentication,
  AuthorizationPolicy: authorizationPolicy,
  Telemetry: telemetry,
  EnvoyFilter: envoyFilter,
  ProxyConfig: proxyConfig,
};

const networking = ['networking.istio.io/v1', 'networking.istio.io/v1beta1', 'networking.istio.io/v1alpha3'];
const security = ['security.istio.io/v1', 'security.istio.io/v1beta1'];

/** From a supported kind to its API versions, the preferred one first. */
export const supportedVersions: { readonly [K in Kind]: readonly string[] } = {
  Deployment: ['apps/v1'],
  StatefulSet: ['apps/v1'],
  DaemonSet: ['apps/v1'],
  Job: ['batch/v1'],
  Pod: ['v1'],
  Service: ['v1'],
  ConfigMap: ['v1'],
  Secret: ['v1'],
  PersistentVolumeClaim: ['v1'],
  ServiceAccount: ['v1'],
  Namespace: ['v1'],
  Gateway: networking,
  VirtualService: networking,
  DestinationRule: networking,
  ServiceEntry: networking,
  Sidecar: networking,
  WorkloadEntry: networking,
  PeerAuthentication: security,
  RequestAuthentication: security,
  AuthorizationPolicy: security,
  Telemetry: ['telemetry.istio.io/v1', 'telemetry.istio.io/v1alpha1'],
  EnvoyFilter: ['networking.istio.io/v1alpha3'],
  ProxyConfig: ['networking.istio.io/v1beta1'],
};

export const clusterScoped: ReadonlySet<string> = new Set(['Namespace']);

export function isSupportedKind(kind: string): kind is Kind {
  return Object.hasOwn(schemas, kind);
}

interface Served {
  readonly apiVersion: string;
  readonly namespaced: boolean;
  readonly shape: () => Shape | undefined;
}

/** Every kind that the mesh's API serves, with those that definitions among the documents add. */
export class ServedKinds {
  readonly #byKind = new Map<string, Served[]>();

  constructor(documents: readonly ManifestDocument[] = []) {
    for (const resource of resourceTypes()) {
      const apiVersion = apiVersionOf(resource);
      const { kind, namespaced } = resource;
      this.#add(kind, { apiVersion, namespaced, shape: () => shapeOf(apiVersion, kind) });
    }
    for (const { value } of documents) if (isDefinition(value)) this.#define(value);
  }

  get kinds(): readonly string[] {
    return [...this.#byKind.keys()];
  }

  /** The API versions of a kind, of each group the preferred one first; empty: there is none of that name. */
  versionsOf(kind: string): readonly string[] {
    return (this.#byKind.get(kind) ?? []).map(({ apiVersion }) => apiVersion);
  }

  find(apiVersion: string, kind: string): Served | undefined {
    return this.#byKind.get(kind)?.find((served) => served.apiVersion === apiVersion);
  }

  #define(definition: CustomResourceDefinition): void {
    const { group, names, scope, versions } = definition.spec;
    for (const { name, served } of versions) {
      if (!served) continue;
      const shape = () => shapeOfCrd(definition, name);
      this.#add(names.kind, { apiVersion: `${group}/${name}`, namespaced: scope !== 'Cluster', shape });
    }
  }

  #add(kind: string, served: Served): void {
    const all = this.#byKind.get(kind) ?? [];
    this.#byKind.set(kind, [...all.filter(({ apiVersion }) => apiVersion !== served.apiVersion), served]);
  }
}

/** Whether a document defines a kind, as far as that can be read; the definition itself is checked like every object. */
function isDefinition(value: unknown): value is CustomResourceDefinition {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false;
  const { kind, spec } = value as { kind: unknown; spec?: Partial<CustomResourceDefinition['spec']> };
  return (
    kind === 'CustomResourceDefinition' &&
    typeof spec?.names?.kind === 'string' &&
    typeof spec.group === 'string' &&
    Array.isArray(spec.versions) &&
    spec.versions.every((version: unknown) => typeof version === 'object' && version !== null)
  );
}
