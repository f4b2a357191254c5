import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import { resourceKey } from '#mesh/apiserver/resource-type.ts';
import { shapeOf } from '#mesh/apiserver/shapes/shape.ts';
import type { Store } from '#mesh/apiserver/store/store.ts';
import { applyDefaults } from '#mesh/apiserver/validation/defaults.ts';
import { validateShape } from '#mesh/apiserver/validation/shape.ts';
import { frontendValidations } from '#mesh/istiod/config/gateway-api/client-certificates.ts';
import { type GatewayApiObjects, GROUP } from '#mesh/istiod/config/gateway-api/objects.ts';
import { byAge, keyOf, type Pending } from '#mesh/istiod/config/resources.ts';
import { once } from '#mesh/once.ts';

const resources = {
  classes: `gatewayclasses.${GROUP}`,
  gateways: `gateways.${GROUP}`,
  listenerSets: `listenersets.${GROUP}`,
  httpRoutes: `httproutes.${GROUP}`,
  grpcRoutes: `grpcroutes.${GROUP}`,
  tlsRoutes: `tlsroutes.${GROUP}`,
  tcpRoutes: `tcproutes.${GROUP}`,
  grants: `referencegrants.${GROUP}`,
  backendTlsPolicies: `backendtlspolicies.${GROUP}`,
  namespaces: 'namespaces',
  services: 'services',
  secrets: 'secrets',
  configMaps: 'configmaps',
} as const satisfies Record<Exclude<keyof GatewayApiObjects, 'files'>, string>;

const all: ReadonlySet<string> = new Set(Object.values(resources));

/** Whether what Gateway API's objects come to may depend on an object of such a resource. */
export function concernsGatewayApi(resource: string): boolean {
  return all.has(resource);
}

/** Whether it is one of Gateway API's own. */
export function isGatewayApi(resource: string): boolean {
  return all.has(resource) && resource.endsWith(GROUP);
}

/** Whether a ConfigMap, `namespace/name`, holds authorities that a BackendTLSPolicy or a Gateway trusts. */
export function holdsAuthorities(store: Store, key: string): boolean {
  const policies = store.list(resources.backendTlsPolicies) as GatewayApiObjects['backendTlsPolicies'];
  const gateways = store.list(resources.gateways) as GatewayApiObjects['gateways'];
  const trusted = [
    ...policies.map(({ metadata, spec }) => ({ metadata, refs: spec.validation.caCertificateRefs })),
    ...gateways.flatMap((gateway) =>
      frontendValidations(gateway).map(({ caCertificateRefs: refs }) => ({ ...gateway, refs })),
    ),
  ];
  return trusted.some(({ metadata, refs = [] }) =>
    refs.some(({ namespace = metadata.namespace, name }) => `${namespace}/${name}` === key),
  );
}

/** What is about to be written may have any shape, and its own mistakes are told elsewhere. */
const isWellFormed = once((object: KubernetesObject) => {
  const shape = shapeOf(object.apiVersion, object.kind);
  return shape !== undefined && validateShape(applyDefaults(object, shape), shape).causes.length === 0;
});

/** Gateway API's objects in the store with what is about to be written in its place, and all that they may refer to. */
export function gatewayApiIn(store: Store, pending: readonly Pending[] = []): GatewayApiObjects {
  const read = (resource: string) => {
    const changes = new Map(
      pending
        .filter(({ type }) => resourceKey(type) === resource)
        .map(({ key, after }) => [key, after] as const),
    );
    const stored = store.list(resource);
    const kept = changes.size === 0 ? stored : stored.filter((object) => !changes.has(keyOf(object)));
    return byAge([
      ...kept,
      ...[...changes.values()].filter((after) => after !== undefined).filter(isWellFormed),
    ]);
  };
  const entries = Object.entries(resources).map(
    ([field, resource]) => [field, read(resource) as readonly KubernetesObject[]] as const,
  );
  return Object.fromEntries(entries) as unknown as GatewayApiObjects;
}
