import { formatPosition, type Position } from '#mesh/diagnostic.ts';
import type { JsonObject } from '#mesh/envoy/config.ts';
import { present } from '#mesh/envoy/json.ts';
import type { Origin } from '#mesh/model/route.ts';

/** Istio's metadata namespace, and the project's own. */
export const ISTIO = 'istio';
export const MESH101 = 'mesh101';

export interface IstioObject {
  readonly kind: 'virtual-service' | 'destination-rule';
  readonly name: string;
  readonly namespace: string;
}

/** As Istio names what a resource comes from. */
export function configPath({ kind, name, namespace }: IstioObject): string {
  return `/apis/networking.istio.io/v1/namespaces/${namespace}/${kind}/${name}`;
}

/** Says on generated resources which line of which file decided them, for people and for `mesh explain`. */
export function originMetadata(
  istio: JsonObject | undefined,
  position: Position,
  facts: JsonObject = {},
): JsonObject {
  return {
    filter_metadata: present({ [ISTIO]: istio, [MESH101]: { origin: formatPosition(position), ...facts } }),
  };
}

export function routeMetadata({ kind, name, namespace, position }: Origin): JsonObject {
  const istio =
    kind === 'VirtualService'
      ? { config: configPath({ kind: 'virtual-service', name, namespace }) }
      : undefined;
  return originMetadata(istio, position);
}
