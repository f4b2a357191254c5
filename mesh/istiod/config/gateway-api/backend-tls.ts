import type { Attachment } from '#mesh/istiod/config/gateway-api/attachment.ts';
import { authorityIn } from '#mesh/istiod/config/gateway-api/client-certificates.ts';
import { certificate, type Refusal } from '#mesh/istiod/config/gateway-api/listeners.ts';
import {
  type BackendTlsPolicy,
  type Gateway,
  type GatewayApiObjects,
  type HttpRule,
  nameOf,
} from '#mesh/istiod/config/gateway-api/objects.ts';
import { find, portsOf, typeOf } from '#mesh/istiod/config/gateway-api/references.ts';
import type { ClientTls } from '#mesh/istiod/model/traffic-policy.ts';

/** How callers speak TLS with a Service, or with its port of a name. */
export interface BackendTls {
  /** `namespace/name` */
  readonly service: string;
  readonly portName?: string;
  /** Absent: nobody can be trusted, so nothing is sent. */
  readonly tls?: ClientTls;
}

/** A BackendTLSPolicy at one of its targets. */
export interface JudgedPolicy {
  readonly policy: BackendTlsPolicy;
  readonly target: BackendTlsPolicy['spec']['targetRefs'][number];
  readonly refused?: Refusal;
  /** Why a reference to a certificate is not followed. */
  readonly unresolved?: Refusal;
  /** Absent where it holds for nothing. */
  readonly holds?: BackendTls;
}

/** All policies at all their targets. Of several for the same ports the oldest one holds. */
export function judgedPolicies(objects: GatewayApiObjects): readonly JudgedPolicy[] {
  const taken = new Set<string>();
  return objects.backendTlsPolicies.flatMap((policy) => {
    const authority = authorityOf(policy, objects);
    return policy.spec.targetRefs.map((target): JudgedPolicy => {
      const problem = targetProblem(policy, target, objects);
      if (problem) return { policy, target, refused: problem };
      const service = `${policy.metadata.namespace}/${target.name}`;
      const key = `${service} ${target.sectionName ?? ''}`;
      if (taken.has(key)) return { policy, target, refused: conflict };
      taken.add(key);
      const at = { service, ...(target.sectionName !== undefined && { portName: target.sectionName }) };
      if ('refused' in authority) return { policy, target, ...authority, holds: at };
      const { roots, ...problems } = authority;
      return { policy, target, ...problems, holds: { ...at, tls: clientTls(policy, roots) } };
    });
  });
}

const conflict = {
  reason: 'Conflicted',
  message: 'an older BackendTLSPolicy is about the same ports',
};

function targetProblem(
  { metadata: { namespace = '' } }: BackendTlsPolicy,
  { group = '', kind, name, sectionName }: JudgedPolicy['target'],
  { services }: GatewayApiObjects,
): Refusal | undefined {
  const reason = 'TargetNotFound';
  if (group !== '' || kind !== 'Service')
    return { reason, message: `a target is a Service, not ${typeOf({ group, kind })}` };
  const service = find(services, { namespace, name });
  if (!service) return { reason, message: `there is no Service ${namespace}/${name}` };
  if (sectionName === undefined || portsOf(service).some((port) => port.name === sectionName))
    return undefined;
  return { reason, message: `Service ${namespace}/${name} has no port of the name ${sectionName}` };
}

type Authority = { readonly unresolved?: Refusal } & (
  | { readonly roots: string | undefined }
  | { readonly refused: Refusal }
);

/** Who may vouch for the backend: the operating system's authorities, or certificates in ConfigMaps. */
function authorityOf(
  { metadata: { namespace = '' }, spec: { validation } }: BackendTlsPolicy,
  objects: GatewayApiObjects,
): Authority {
  const { wellKnownCACertificates: wellKnown, caCertificateRefs = [] } = validation;
  if (wellKnown !== undefined && wellKnown !== '')
    return wellKnown === 'System'
      ? { roots: undefined }
      : untrusted('Invalid', `the laptop knows the authorities of \`System\`, not those of \`${wellKnown}\``);
  const problems: Refusal[] = [];
  const roots = caCertificateRefs.flatMap(({ group = '', kind, name }) => {
    if (group !== '' || kind !== 'ConfigMap') {
      const message = `certificates of authorities are in a ConfigMap, not in ${typeOf({ group, kind })}`;
      problems.push({ reason: 'InvalidKind', message });
      return [];
    }
    const found = authorityIn({ namespace, name }, objects);
    if (typeof found === 'string') return [found];
    problems.push({ reason: 'InvalidCACertificateRef', ...found });
    return [];
  });
  const [unresolved] = problems;
  if (roots.length > 0) return { roots: roots.join('\n'), ...(unresolved && { unresolved }) };
  const message = unresolved?.message ?? 'the policy names no authority';
  return { ...untrusted('NoValidCACertificate', message), ...(unresolved && { unresolved }) };
}

function untrusted(reason: string, message: string): { readonly refused: Refusal } {
  return { refused: { reason, message } };
}

function clientTls({ spec }: BackendTlsPolicy, roots: string | undefined): ClientTls {
  const { hostname, subjectAltNames = [] } = spec.validation;
  const names = subjectAltNames.flatMap(({ hostname: host, uri }) => host ?? uri ?? []);
  return {
    ...{ mode: 'SIMPLE', sni: hostname, caCertificates: 'system' },
    ...(names.length > 0 && { subjectAltNames: names }),
    ...(roots !== undefined && { roots }),
  };
}

/** The certificate that a Gateway shows to backends with TLS: its Secret as `namespace/name`, or why it has none. */
export function backendCertificate(
  gateway: Gateway,
  objects: GatewayApiObjects,
): { readonly credential?: string; readonly problem?: Refusal } {
  const reference = gateway.spec.tls?.backend?.clientCertificateRef;
  if (!reference) return {};
  const found = certificate(reference, gateway, objects);
  if (typeof found === 'string') return { credential: found };
  const isForbidden = found.reason === 'RefNotPermitted';
  return { problem: { ...found, reason: isForbidden ? found.reason : 'InvalidClientCertificateRef' } };
}

/** The Gateways whose routes lead to a Service, `namespace/name`. */
export function gatewaysOf(service: string, routes: readonly Attachment[]): readonly Gateway[] {
  const found = routes
    .filter(({ route }) => {
      const rules = (route.spec.rules ?? []) as readonly HttpRule[];
      return rules.some(({ backendRefs = [] }) =>
        backendRefs.some(
          ({ kind = 'Service', namespace = route.metadata.namespace, name }) =>
            kind === 'Service' && `${namespace}/${name}` === service,
        ),
      );
    })
    .flatMap(({ parents }) =>
      parents.flatMap((parent) => (parent.kind === 'Gateway' ? parent.listeners : [])),
    )
    .map(({ gateway }) => gateway);
  return [...new Map(found.map((gateway) => [nameOf(gateway), gateway])).values()];
}
