import type { KubernetesObject, ObjectMeta } from '#mesh/apiserver/object.ts';
import { shapeOf } from '#mesh/apiserver/shapes/shape.ts';
import { applyDefaults } from '#mesh/apiserver/validation/defaults.ts';
import { CONTROLLERS } from '#mesh/istiod/config/gateway-api/attachment.ts';
import { type GatewayApiObjects, GROUP } from '#mesh/istiod/config/gateway-api/objects.ts';
import type { ManifestDocument } from '#mesh/istiod/config/load/document.ts';
import type { ParsedResources } from '#mesh/istiod/config/schema/parse-resources.ts';
import { ofKind } from '#mesh/istiod/config/schema/resource.ts';

/** Gateway API's kinds are not among those that Istio reads: what is known of them is that their shape is right. */
type Parsed = Pick<ParsedResources, 'unsupported' | 'resources'>;

/**
 * Gateway API's objects of manifests that nobody applies, and what they refer to. Istio's classes are taken for granted, and so is a Secret
 * that no manifest has: certificates are seldom kept beside them.
 */
export function gatewayApiOf({ unsupported, resources }: Parsed): GatewayApiObjects {
  const files = new Map<KubernetesObject, ManifestDocument>();
  const own = unsupported
    .filter(({ apiVersion }) => apiVersion.startsWith(`${GROUP}/`))
    .map(({ document, metadata }) => {
      const object = defaulted(storedAs(document, metadata));
      files.set(object, document);
      return object;
    });
  const named = <T extends KubernetesObject>(kind: string) => own.filter((one) => one.kind === kind) as T[];
  const referred = (kind: 'Namespace' | 'Service' | 'Secret' | 'ConfigMap') =>
    ofKind(resources, kind).map(({ document, metadata }) => storedAs(document, metadata));
  return {
    classes: [...istiosClasses, ...named<GatewayApiObjects['classes'][number]>('GatewayClass')],
    gateways: named('Gateway'),
    listenerSets: named('ListenerSet'),
    httpRoutes: named('HTTPRoute'),
    grpcRoutes: named('GRPCRoute'),
    tlsRoutes: named('TLSRoute'),
    tcpRoutes: named('TCPRoute'),
    grants: named('ReferenceGrant'),
    backendTlsPolicies: named('BackendTLSPolicy'),
    namespaces: referred('Namespace').map(labelled),
    services: referred('Service'),
    secrets: referred('Secret'),
    configMaps: referred('ConfigMap'),
    files,
  };
}

/** All are equally old, so that names decide between them. */
function storedAs(
  { value }: ManifestDocument,
  { name, namespace }: { readonly name: string; readonly namespace?: string },
): KubernetesObject {
  const object = value as Partial<KubernetesObject>;
  const metadata: ObjectMeta = {
    ...object.metadata,
    ...{ name, uid: '', resourceVersion: '', creationTimestamp: '1970-01-01T00:00:00Z' },
    ...(namespace && { namespace }),
  };
  return { apiVersion: '', kind: '', ...object, metadata };
}

function defaulted(object: KubernetesObject): KubernetesObject {
  const shape = shapeOf(object.apiVersion, object.kind);
  return shape ? applyDefaults(object, shape) : object;
}

/** The API server gives each namespace its name as a label. */
function labelled({ metadata, ...object }: KubernetesObject): KubernetesObject {
  const labels = { 'kubernetes.io/metadata.name': metadata.name, ...metadata.labels };
  return { ...(object as KubernetesObject), metadata: { ...metadata, labels } };
}

const istiosClasses = Object.entries(CONTROLLERS).map(([name, controllerName]) => ({
  apiVersion: `${GROUP}/v1`,
  kind: 'GatewayClass',
  metadata: { name, uid: '', resourceVersion: '', creationTimestamp: '1970-01-01T00:00:00Z' },
  spec: { controllerName },
}));
