import { createPrivateKey, X509Certificate } from 'node:crypto';
import { type AskedClients, clientValidation } from '#mesh/istiod/config/gateway-api/client-certificates.ts';
import {
  type Gateway,
  type GatewayApiObjects,
  GROUP,
  type ListenerSet,
  type ListenerSpec,
  nameOf,
  type ObjectReference,
  type RouteKind,
} from '#mesh/istiod/config/gateway-api/objects.ts';
import { admits, find, isGranted, typeOf } from '#mesh/istiod/config/gateway-api/references.ts';

/** The reason of a condition that does not hold, and a sentence for people. */
export interface Refusal {
  readonly reason: string;
  readonly message: string;
}

/** One listener of a Gateway, judged. */
export interface Listener {
  readonly gateway: Gateway;
  /** Who has it in its `spec.listeners`: the Gateway, or a ListenerSet. */
  readonly owner: Gateway | ListenerSet;
  readonly spec: ListenerSpec;
  /** The kinds of routes it takes: those that it allows and its protocol can carry. */
  readonly kinds: readonly Required<RouteKind>[];
  /** Its certificates, as `namespace/name` of their Secrets, as far as they can be used. */
  readonly credentials: readonly string[];
  /** Whose certificates its clients show. */
  readonly clients?: AskedClients;
  /** Why it is not served at all. */
  readonly refused?: Refusal;
  /** It wants what another listener of its port has. */
  readonly conflict?: Refusal;
  /** A reference of it that is not followed, or a kind that it cannot carry. */
  readonly unresolved?: Refusal;
}

/** Whether its port is opened for it. */
export function isServed({ refused, conflict, credentials, spec }: Listener): boolean {
  const needsCertificate =
    spec.protocol === 'HTTPS' || (spec.protocol === 'TLS' && spec.tls?.mode !== 'Passthrough');
  return !refused && !conflict && (!needsCertificate || credentials.length > 0);
}

/**
 * A Gateway's listeners, each on its own merits and beside the others: its own ones in their order, then those of its ListenerSets, the oldest
 * set first. Of two that want the same, those of the Gateway and of older sets have it.
 */
export function listenersOf(gateway: Gateway, objects: GatewayApiObjects): Listener[] {
  const earlier: ListenerSpec[] = [];
  const sets = objects.listenerSets.filter((set) => takes(gateway, set, objects));
  return [gateway, ...sets].flatMap((owner) => {
    const { listeners } = owner.spec;
    const left = listeners.filter((spec) => !conflictOf(spec, earlier));
    const judged = listeners.map((spec) => {
      const conflict = conflictOf(spec, earlier) ?? conflictOf(spec, left);
      return { ...listenerOf(spec, { gateway, owner }, objects), ...(conflict && { conflict }) };
    });
    earlier.push(...judged.flatMap(({ spec, conflict }) => (conflict && owner !== gateway ? [] : spec)));
    return judged;
  });
}

/** The Gateway that a ListenerSet is for, as `namespace/name`. */
export function parentOf({ metadata, spec }: ListenerSet): string | undefined {
  const { group = GROUP, kind = 'Gateway', namespace = metadata.namespace, name } = spec.parentRef;
  return group === GROUP && kind === 'Gateway' ? `${namespace}/${name}` : undefined;
}

/** Whether a ListenerSet is for a Gateway, and of a namespace whose sets the Gateway takes. */
export function takes(
  gateway: Gateway,
  set: ListenerSet,
  objects: Pick<GatewayApiObjects, 'namespaces'>,
): boolean {
  if (parentOf(set) !== nameOf(gateway)) return false;
  const { namespaces = {} } = gateway.spec.allowedListeners ?? {};
  return admits(namespaces, { own: gateway.metadata.namespace, namespace: set.metadata.namespace }, objects);
}

function listenerOf(
  spec: ListenerSpec,
  { gateway, owner }: Pick<Listener, 'gateway' | 'owner'>,
  objects: GatewayApiObjects,
): Listener {
  const kinds = kindsOf(spec);
  const certificates = certificatesOf(spec, owner, objects);
  const { clients, ...asked } = clientValidation(spec, gateway, objects);
  const refused = unsupported(spec) ?? asked.refused;
  const unresolved = kinds.problem ?? certificates.problem ?? asked.unresolved;
  return {
    ...(clients && { clients }),
    ...{ gateway, owner, spec, kinds: kinds.kinds, credentials: certificates.credentials },
    ...(refused && { refused }),
    ...(unresolved && { unresolved }),
  };
}

const carried = new Map<string, readonly string[]>([
  ['HTTP', ['HTTPRoute', 'GRPCRoute']],
  ['HTTPS', ['HTTPRoute', 'GRPCRoute']],
  ['TLS', ['TLSRoute']],
  ['TCP', ['TCPRoute']],
]);

function unsupported({ protocol, tls }: ListenerSpec): Refusal | undefined {
  if (!carried.has(protocol))
    return {
      reason: 'UnsupportedProtocol',
      message: `a listener speaks ${[...carried.keys()].join(', ')}, not ${protocol}`,
    };
  const wrong = protocol === 'HTTPS' && tls?.mode === 'Passthrough';
  return wrong
    ? { reason: 'UnsupportedProtocol', message: 'an HTTPS listener terminates TLS itself: use protocol TLS' }
    : undefined;
}

function kindsOf({ protocol, allowedRoutes }: ListenerSpec): {
  readonly kinds: readonly Required<RouteKind>[];
  readonly problem?: Refusal;
} {
  const possible = carried.get(protocol) ?? [];
  const wanted = allowedRoutes?.kinds ?? [];
  if (wanted.length === 0) return { kinds: possible.map((kind) => ({ group: GROUP, kind })) };
  const fits = ({ group = GROUP, kind }: RouteKind) => group === GROUP && possible.includes(kind);
  const kinds = wanted.filter(fits).map(({ kind }) => ({ group: GROUP, kind }));
  if (kinds.length === wanted.length) return { kinds };
  const others = wanted.filter((kind) => !fits(kind)).map(({ kind }) => kind);
  const message = `a listener of protocol ${protocol} carries no ${others.join(', ')}`;
  return { kinds, problem: { reason: 'InvalidRouteKinds', message } };
}

/** Of listeners at one port, one protocol is served, and each host by one listener. */
function conflictOf(spec: ListenerSpec, all: readonly ListenerSpec[]): Refusal | undefined {
  const others = all.filter((other) => other !== spec && other.port === spec.port);
  if (others.some((other) => family(other) !== family(spec)))
    return {
      reason: 'ProtocolConflict',
      message: `another listener of port ${spec.port} has another protocol`,
    };
  const same = others.find(({ hostname = '' }) => hostname === (spec.hostname ?? ''));
  return same
    ? {
        reason: 'HostnameConflict',
        message: `listener ${same.name} serves the same host at port ${spec.port}`,
      }
    : undefined;
}

/** Protocols that can share a port: the server name in a TLS greeting distinguishes HTTPS from TLS. */
function family({ protocol }: ListenerSpec): string {
  return protocol === 'HTTPS' ? 'TLS' : protocol;
}

function certificatesOf(
  { protocol, tls }: ListenerSpec,
  owner: Gateway | ListenerSet,
  objects: GatewayApiObjects,
): { readonly credentials: readonly string[]; readonly problem?: Refusal } {
  const terminates = (protocol === 'HTTPS' || protocol === 'TLS') && tls?.mode !== 'Passthrough';
  if (!terminates) return { credentials: [] };
  const read = (tls?.certificateRefs ?? []).map((one) => certificate(one, owner, objects));
  const credentials = read.flatMap((one) => (typeof one === 'string' ? one : []));
  const problem = read.find((one) => typeof one !== 'string');
  if (read.length === 0) return { credentials, problem: invalid('the listener names no certificate') };
  return problem ? { credentials, problem } : { credentials };
}

/** A Secret with a certificate, as `namespace/name`; or why a Gateway or ListenerSet cannot have it. */
export function certificate(
  { group = '', kind = 'Secret', name, namespace }: ObjectReference,
  { kind: by, metadata }: Gateway | ListenerSet,
  objects: GatewayApiObjects,
): string | Refusal {
  const { namespace: own = '' } = metadata;
  const to = { group, kind, name, namespace: namespace ?? own };
  if (group !== '' || kind !== 'Secret')
    return invalid(`a certificate is in a Secret, not in ${typeOf({ group, kind })}`);
  if (!isGranted({ group: GROUP, kind: by, namespace: own }, to, objects))
    return {
      reason: 'RefNotPermitted',
      message: `no ReferenceGrant in namespace ${to.namespace} lets ${by}s of ${own} use Secret ${name}`,
    };
  const secret = find(objects.secrets, to);
  if (!secret && objects.files) return `${to.namespace}/${name}`;
  if (!secret) return invalid(`there is no Secret ${to.namespace}/${name}`);
  return isCertificate(secret['data'])
    ? `${to.namespace}/${name}`
    : invalid(`Secret ${to.namespace}/${name} holds no certificate and key in \`tls.crt\` and \`tls.key\``);
}

function invalid(message: string): Refusal {
  return { reason: 'InvalidCertificateRef', message };
}

/** Whether a Secret's data are PEM that can be read; Envoy would refuse others. */
function isCertificate(data: unknown): boolean {
  const { 'tls.crt': chain = '', 'tls.key': key = '' } = (data ?? {}) as Readonly<Record<string, string>>;
  try {
    new X509Certificate(Buffer.from(chain, 'base64'));
    createPrivateKey(Buffer.from(key, 'base64'));
    return true;
  } catch {
    return false;
  }
}
