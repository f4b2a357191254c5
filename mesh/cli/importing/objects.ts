import { z } from 'zod';

/** The kinds that are read from a cluster, in the order in which they are written. */
export const IMPORTED: readonly string[] = [
  ...['serviceaccounts', 'configmaps', 'services', 'persistentvolumeclaims'],
  ...['deployments.apps', 'statefulsets.apps', 'daemonsets.apps'],
  ...['gateways', 'virtualservices', 'destinationrules', 'serviceentries', 'sidecars', 'workloadentries'].map(
    (name) => `${name}.networking.istio.io`,
  ),
  ...['authorizationpolicies', 'peerauthentications', 'requestauthentications'].map(
    (name) => `${name}.security.istio.io`,
  ),
  'telemetries.telemetry.istio.io',
  ...['gateways', 'httproutes', 'grpcroutes', 'tlsroutes', 'tcproutes'].map(
    (name) => `${name}.gateway.networking.k8s.io`,
  ),
  ...['referencegrants', 'backendtlspolicies'].map((name) => `${name}.gateway.networking.k8s.io`),
];

const map = z.record(z.string(), z.unknown());

/** An object as a cluster shows it. */
export const clusterObject = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    labels: map.optional(),
    annotations: map.optional(),
    ownerReferences: z.array(z.unknown()).optional(),
  }),
});
export type ClusterObject = z.output<typeof clusterObject>;

/** Objects that every namespace has by default. */
const OWN_TO_CLUSTERS: ReadonlySet<string> = new Set([
  ...['ServiceAccount default', 'Service kubernetes', 'ConfigMap kube-root-ca.crt'],
  ...['ConfigMap istio-ca-root-cert', 'ConfigMap istio-ca-crl', 'ConfigMap openshift-service-ca.crt'],
]);
const SYSTEM = /^(kube-.*|istio-system|istio-.*gateway|gke-.*|local-path-storage)$/;
const ISTIO = /\.istio\.io\/|gateway\.networking\.k8s\.io\//;

/** Whether somebody wrote the object, and the cluster did not. */
export function isWritten({ apiVersion, kind, metadata }: ClusterObject): boolean {
  if ((metadata.ownerReferences ?? []).length > 0) return false;
  if (OWN_TO_CLUSTERS.has(`${kind} ${metadata.name}`)) return false;
  return ISTIO.test(apiVersion) || !SYSTEM.test(metadata.namespace ?? '');
}

const WRITTEN_BY_CLUSTERS = [
  ...['uid', 'resourceVersion', 'creationTimestamp', 'generation', 'managedFields', 'selfLink', 'finalizers'],
];
const ANNOTATIONS =
  /^(kubectl\.kubernetes\.io\/(last-applied-configuration|restartedAt)|deployment\.kubernetes\.io\/)/;
/** Of a Service: addresses and ports that the other cluster has given. */
const GIVEN = [
  ...['clusterIP', 'clusterIPs', 'externalIPs', 'loadBalancerIP', 'ipFamilies', 'ipFamilyPolicy'],
  ...['healthCheckNodePort', 'allocateLoadBalancerNodePorts', 'internalTrafficPolicy'],
];

/** The object without what the cluster has added to it. */
export function asWritten({ status: _, ...object }: ClusterObject): ClusterObject {
  const annotations = without(object.metadata.annotations ?? {}, (name) => ANNOTATIONS.test(name));
  const { annotations: _had, ...metadata } = without(object.metadata, (name) =>
    WRITTEN_BY_CLUSTERS.includes(name),
  );
  const kept = {
    ...object,
    metadata: {
      ...metadata,
      ...(Object.keys(annotations).length > 0 && { annotations }),
    } as ClusterObject['metadata'],
  };
  return object.kind === 'Service' ? { ...kept, spec: serviceSpec(object['spec']) } : kept;
}

function serviceSpec(spec: unknown): unknown {
  const { ports = [], ...rest } = (spec ?? {}) as { readonly ports?: readonly object[] } & Record<
    string,
    unknown
  >;
  // A headless Service says so by its address.
  const isHeadless = rest['clusterIP'] === 'None';
  const kept = without(rest, (name) => GIVEN.includes(name));
  const numbers = ports.map((port) =>
    without(port as Record<string, unknown>, (name) => name === 'nodePort'),
  );
  return { ...kept, ...(isHeadless && { clusterIP: 'None' }), ports: numbers };
}

function without(
  object: Record<string, unknown>,
  isDropped: (name: string) => boolean,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !isDropped(name)));
}
