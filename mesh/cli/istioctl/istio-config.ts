import { textField } from '#mesh/cli/kubectl/object-fields.ts';

/**
 * `NAME.NAMESPACE` of the Istio resource that Istio notes in Envoy's metadata, as in
 * `/apis/networking.istio.io/v1/namespaces/default/virtual-service/frontend`; '' when there is none.
 */
export function istioConfigName(resource: unknown): string {
  const path = textField(resource, 'metadata', 'filter_metadata', 'istio', 'config');
  const [, namespace, name] = /\/namespaces\/([^/]+)\/[^/]+\/([^/]+)$/.exec(path) ?? [];
  return namespace && name ? `${name}.${namespace}` : '';
}
