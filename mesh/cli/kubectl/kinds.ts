/** A kind with the names under which kubectl knows it. */
export interface Kind {
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly short: readonly string[];
  /** '' for the core group. */
  readonly group: string;
  readonly namespaced: boolean;
}

interface KindNames {
  readonly group?: string;
  readonly short?: readonly string[];
  readonly plural?: string;
  readonly namespaced?: boolean;
}

function kind(name: string, names: KindNames = {}): Kind {
  const singular = name.toLowerCase();
  return {
    kind: name,
    singular,
    plural: names.plural ?? `${singular}s`,
    short: names.short ?? [],
    group: names.group ?? '',
    namespaced: names.namespaced ?? true,
  };
}

const networking = 'networking.istio.io';

/** In the order in which `get all` and error messages show them. */
export const kinds: readonly Kind[] = [
  kind('Pod', { short: ['po'] }),
  kind('Service', { short: ['svc'] }),
  kind('Deployment', { short: ['deploy'], group: 'apps' }),
  kind('ReplicaSet', { short: ['rs'], group: 'apps' }),
  kind('Namespace', { short: ['ns'], namespaced: false }),
  kind('ConfigMap', { short: ['cm'] }),
  kind('ServiceAccount', { short: ['sa'] }),
  kind('Endpoints', { short: ['ep'], plural: 'endpoints' }),
  kind('Secret'),
  kind('PersistentVolumeClaim', { short: ['pvc'] }),
  kind('VirtualService', { short: ['vs'], group: networking }),
  kind('DestinationRule', { short: ['dr'], group: networking }),
  kind('Gateway', { short: ['gw'], group: networking }),
  kind('ServiceEntry', { short: ['se'], group: networking, plural: 'serviceentries' }),
  kind('PeerAuthentication', { short: ['pa'], group: 'security.istio.io' }),
  kind('RequestAuthentication', { short: ['ra'], group: 'security.istio.io' }),
  kind('AuthorizationPolicy', { short: ['ap'], group: 'security.istio.io', plural: 'authorizationpolicies' }),
  kind('Telemetry', { group: 'telemetry.istio.io', plural: 'telemetries' }),
];

/** What `kubectl get all` means. */
export const kindsOfAll: readonly Kind[] = kinds.slice(0, 4);

/** The kind that a user typed: any of its names, with or without the group (`virtualservices.networking.istio.io`). */
export function findKind(typed: string): Kind | undefined {
  const [name = '', ...group] = typed.toLowerCase().split('.');
  return kinds.find(
    (candidate) =>
      [candidate.plural, candidate.singular, ...candidate.short].includes(name) &&
      (group.length === 0 || group.join('.').endsWith(candidate.group)),
  );
}

/** `pods`, `deployments.apps`: the form of the server's error messages. */
export function pluralName({ plural, group }: Kind): string {
  return group ? `${plural}.${group}` : plural;
}

/** `pod`, `deployment.apps`: the form before `/NAME` in outputs. */
export function singularName({ singular, group }: Kind): string {
  return group ? `${singular}.${group}` : singular;
}
