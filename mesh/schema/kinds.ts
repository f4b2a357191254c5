import type { z } from 'zod';
import { authorizationPolicy } from '#mesh/schema/istio/authorization-policy/authorization-policy.ts';
import { destinationRule } from '#mesh/schema/istio/destination-rule/destination-rule.ts';
import { gateway } from '#mesh/schema/istio/gateway.ts';
import { peerAuthentication } from '#mesh/schema/istio/peer-authentication.ts';
import { requestAuthentication } from '#mesh/schema/istio/request-authentication/request-authentication.ts';
import { serviceEntry } from '#mesh/schema/istio/service-entry.ts';
import { telemetry } from '#mesh/schema/istio/telemetry/telemetry.ts';
import { virtualService } from '#mesh/schema/istio/virtual-service/virtual-service.ts';
import { configMap } from '#mesh/schema/kubernetes/config-map.ts';
import { deployment } from '#mesh/schema/kubernetes/deployment.ts';
import { namespace } from '#mesh/schema/kubernetes/namespace.ts';
import { persistentVolumeClaim } from '#mesh/schema/kubernetes/persistent-volume-claim.ts';
import { secret } from '#mesh/schema/kubernetes/secret.ts';
import { service } from '#mesh/schema/kubernetes/service.ts';
import { serviceAccount } from '#mesh/schema/kubernetes/service-account.ts';
import type { Kind, ResourceOf } from '#mesh/schema/resource.ts';

type Object<K extends Kind> = Omit<ResourceOf<K>, 'document'>;

/** The kinds that the laptop mesh carries out. */
export const schemas: { readonly [K in Kind]: z.ZodType<Object<K>> } = {
  Deployment: deployment,
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
  PeerAuthentication: peerAuthentication,
  RequestAuthentication: requestAuthentication,
  AuthorizationPolicy: authorizationPolicy,
  Telemetry: telemetry,
};

const networking = ['networking.istio.io/v1', 'networking.istio.io/v1beta1', 'networking.istio.io/v1alpha3'];
const security = ['security.istio.io/v1', 'security.istio.io/v1beta1'];

/** From a supported kind to its API versions, the preferred one first. */
export const supportedVersions: { readonly [K in Kind]: readonly string[] } = {
  Deployment: ['apps/v1'],
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
  PeerAuthentication: security,
  RequestAuthentication: security,
  AuthorizationPolicy: security,
  Telemetry: ['telemetry.istio.io/v1', 'telemetry.istio.io/v1alpha1'],
};

/** From a kind that is valid but not carried out to its API versions. */
export const unsupportedVersions: Readonly<Record<string, readonly string[]>> = {
  ClusterRole: ['rbac.authorization.k8s.io/v1'],
  ClusterRoleBinding: ['rbac.authorization.k8s.io/v1'],
  CronJob: ['batch/v1'],
  CustomResourceDefinition: ['apiextensions.k8s.io/v1'],
  DaemonSet: ['apps/v1'],
  EndpointSlice: ['discovery.k8s.io/v1'],
  Endpoints: ['v1'],
  EnvoyFilter: ['networking.istio.io/v1alpha3'],
  GRPCRoute: ['gateway.networking.k8s.io/v1', 'gateway.networking.k8s.io/v1alpha2'],
  GatewayClass: ['gateway.networking.k8s.io/v1', 'gateway.networking.k8s.io/v1beta1'],
  HTTPRoute: ['gateway.networking.k8s.io/v1', 'gateway.networking.k8s.io/v1beta1'],
  HorizontalPodAutoscaler: ['autoscaling/v2', 'autoscaling/v1'],
  Ingress: ['networking.k8s.io/v1'],
  IngressClass: ['networking.k8s.io/v1'],
  Job: ['batch/v1'],
  Lease: ['coordination.k8s.io/v1'],
  LimitRange: ['v1'],
  MutatingWebhookConfiguration: ['admissionregistration.k8s.io/v1'],
  NetworkPolicy: ['networking.k8s.io/v1'],
  PersistentVolume: ['v1'],
  Pod: ['v1'],
  PodDisruptionBudget: ['policy/v1'],
  PodTemplate: ['v1'],
  PriorityClass: ['scheduling.k8s.io/v1'],
  ProxyConfig: ['networking.istio.io/v1beta1'],
  ReferenceGrant: ['gateway.networking.k8s.io/v1', 'gateway.networking.k8s.io/v1beta1'],
  ReplicaSet: ['apps/v1'],
  ReplicationController: ['v1'],
  ResourceQuota: ['v1'],
  Role: ['rbac.authorization.k8s.io/v1'],
  RoleBinding: ['rbac.authorization.k8s.io/v1'],
  RuntimeClass: ['node.k8s.io/v1'],
  Sidecar: networking,
  StatefulSet: ['apps/v1'],
  StorageClass: ['storage.k8s.io/v1'],
  TCPRoute: ['gateway.networking.k8s.io/v1alpha2'],
  TLSRoute: ['gateway.networking.k8s.io/v1', 'gateway.networking.k8s.io/v1alpha2'],
  TrafficExtension: ['extensions.istio.io/v1alpha1'],
  ValidatingWebhookConfiguration: ['admissionregistration.k8s.io/v1'],
  WasmPlugin: ['extensions.istio.io/v1alpha1'],
  WorkloadEntry: networking,
  WorkloadGroup: networking,
};

/** The Gateway API's Gateway shares its name with Istio's: only the API version tells them apart. */
export const gatewayApiVersions = ['gateway.networking.k8s.io/v1', 'gateway.networking.k8s.io/v1beta1'];

export const clusterScoped: ReadonlySet<string> = new Set(['Namespace']);

export function isSupportedKind(kind: string): kind is Kind {
  return Object.hasOwn(schemas, kind);
}
