import { X509Certificate } from 'node:crypto';
import {
  type FrontendValidation,
  type Gateway,
  type GatewayApiObjects,
  GROUP,
  type ListenerSpec,
  type ObjectReference,
} from '#mesh/istiod/config/gateway-api/objects.ts';
import { find, isGranted, typeOf } from '#mesh/istiod/config/gateway-api/references.ts';
import type { GatewayTls } from '#mesh/istiod/model/gateway.ts';

interface Problem {
  readonly reason: string;
  readonly message: string;
}

/** Clients without a certificate, or with anybody's, are taken in the mode OPTIONAL_MUTUAL. */
export type AskedClients = Pick<GatewayTls, 'mode' | 'clientRoots' | 'clients'>;

/** What a Gateway asks of the clients of a listener, and why it cannot ask that. */
export interface ClientValidation {
  readonly clients?: AskedClients;
  /** Nobody can be trusted, so the listener is not served. */
  readonly refused?: Problem;
  readonly unresolved?: Problem;
}

/** Clients of HTTPS are asked for a certificate where the Gateway says so, for the listener's port or for all. */
export function clientValidation(
  { protocol, port }: ListenerSpec,
  gateway: Gateway,
  objects: GatewayApiObjects,
): ClientValidation {
  const validation = protocol === 'HTTPS' ? validationAt(gateway, port) : undefined;
  if (!validation) return {};
  const { caCertificateRefs = [], mode } = validation;
  const read = caCertificateRefs.map((one) => authority(one, gateway, objects));
  const roots = read.flatMap((one) => (typeof one === 'string' ? one : []));
  const unresolved = read.find((one) => typeof one !== 'string');
  const problem = unresolved && { unresolved };
  if (roots.length === 0) {
    const message = unresolved?.message ?? 'the Gateway names no authority for certificates of clients';
    return { refused: { reason: 'NoValidCACertificate', message }, ...problem };
  }
  const isOptional = mode === 'AllowInsecureFallback';
  const clientRoots = { pem: roots.join('\n') };
  const clients: AskedClients = isOptional
    ? { mode: 'OPTIONAL_MUTUAL', clientRoots, clients: { isUnsigned: true } }
    : { mode: 'MUTUAL', clientRoots };
  return { clients, ...problem };
}

function validationAt({ spec }: Gateway, port: number): FrontendValidation | undefined {
  const { perPort = [], default: usual } = spec.tls?.frontend ?? {};
  const own = perPort.find((one) => one.port === port);
  return (own ? own.tls : usual)?.validation;
}

/** Everything that a Gateway asks of clients, at any port. */
export function frontendValidations({ spec }: Gateway): readonly FrontendValidation[] {
  const { perPort = [], default: usual } = spec.tls?.frontend ?? {};
  return [usual, ...perPort.map(({ tls }) => tls)].flatMap((tls) => tls?.validation ?? []);
}

/** Whether any listener takes clients whose certificate nobody vouches for. */
export function allowsInsecure(gateway: Gateway): boolean {
  return frontendValidations(gateway).some(({ mode }) => mode === 'AllowInsecureFallback');
}

function authority(
  { group = '', kind = 'ConfigMap', name, namespace }: ObjectReference,
  { metadata }: Gateway,
  objects: GatewayApiObjects,
): string | Problem {
  const { namespace: own = '' } = metadata;
  const to = { group, kind, name, namespace: namespace ?? own };
  if (group !== '' || kind !== 'ConfigMap') {
    const message = `certificates of authorities are in a ConfigMap, not in ${typeOf({ group, kind })}`;
    return { reason: 'InvalidCACertificateKind', message };
  }
  if (!isGranted({ group: GROUP, kind: 'Gateway', namespace: own }, to, objects))
    return {
      reason: 'RefNotPermitted',
      message: `no ReferenceGrant in namespace ${to.namespace} lets Gateways of ${own} use ConfigMap ${name}`,
    };
  const found = authorityIn(to, objects);
  return typeof found === 'string' ? found : { reason: 'InvalidCACertificateRef', ...found };
}

/** The certificates of authorities in a ConfigMap, as PEM; or why there are none. */
export function authorityIn(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  { configMaps }: Pick<GatewayApiObjects, 'configMaps'>,
): string | Pick<Problem, 'message'> {
  const found = find(configMaps, { namespace, name });
  if (!found) return { message: `there is no ConfigMap ${namespace}/${name}` };
  const { 'ca.crt': text = '' } = (found['data'] ?? {}) as Readonly<Record<string, string>>;
  try {
    new X509Certificate(text);
    return text;
  } catch {
    return { message: `ConfigMap ${namespace}/${name} holds no certificate in \`ca.crt\`` };
  }
}
