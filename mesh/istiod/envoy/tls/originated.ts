import { isIP } from 'node:net';
import type { Messages } from '#mesh/istiod/envoy/generated/messages.ts';
import { nonEmpty } from '#mesh/istiod/envoy/json.ts';
import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import type { Scope } from '#mesh/istiod/envoy/scope.ts';
import {
  certificateFileSecret,
  gatewayClientRoots,
  gatewaySecret,
  inline,
  rootFileSecret,
  secretConfig,
} from '#mesh/istiod/envoy/tls/secrets.ts';
import type { Service } from '#mesh/istiod/model/service.ts';
import type { ClientTls } from '#mesh/istiod/model/traffic-policy.ts';

/** TLS that a proxy begins of its own, to a server that knows nothing of the mesh. */
export type OriginatedTls = Extract<ClientTls, { readonly mode: 'SIMPLE' | 'MUTUAL' }>;

type CommonTls = Messages['envoy.extensions.transport_sockets.tls.v3.CommonTlsContext'];

export function isOriginated(tls: ClientTls | undefined): tls is OriginatedTls {
  return tls?.mode === 'SIMPLE' || tls?.mode === 'MUTUAL';
}

/**
 * Whether a proxy carries it out. A Secret is for gateways, and for the sidecars that the rule selects: all others would have to
 * read it too, so that Istio leaves TLS out.
 */
export function isCarriedOut(tls: OriginatedTls, service: Service, { role }: Pick<Scope, 'role'>): boolean {
  return tls.credentialName === undefined || role !== 'sidecar' || service.destinationRule?.selects === true;
}

/** What TLS needs of a Secret that is not there: until it comes, there is no cluster, and requests get a 503. */
export function lacksSecret(
  tls: OriginatedTls,
  { namespace, mesh }: Pick<Scope, 'namespace' | 'mesh'>,
): boolean {
  if (tls.credentialName === undefined) return false;
  const { certificates = [], roots = [] } = mesh.credentials ?? {};
  const name = `${namespace}/${tls.credentialName}`;
  return (
    (tls.mode === 'MUTUAL' && !certificates.includes(name)) ||
    (!tls.insecureSkipVerify && !roots.includes(name))
  );
}

/**
 * Without a name of its own in the DestinationRule, the server is asked for each request's host, which it must prove where no
 * names are demanded.
 */
export function namesByRequest(tls: OriginatedTls): envoy.UpstreamHttpProtocolOptions | undefined {
  if (tls.sni) return undefined;
  const proves = !tls.subjectAltNames?.length && !tls.insecureSkipVerify;
  return { auto_sni: true, auto_san_validation: proves || undefined };
}

/** The certificate that the proxy shows, and what it demands of the server's. */
export function originatedTlsContext(tls: OriginatedTls, service: Service, namespace: string): CommonTls {
  const { credentialName } = tls;
  const credential = credentialName === undefined ? undefined : `${namespace}/${credentialName}`;
  const shown = shownSecret(tls, credential);
  return {
    tls_certificate_sds_secret_configs: shown === undefined ? undefined : [secretConfig(shown)],
    ...(tls.insecureSkipVerify
      ? // With certificates by name, an absent context says the same.
        { validation_context: credential === undefined ? {} : undefined }
      : serverValidation(tls, service, credential)),
  };
}

/** A name that a certificate must bear, of the kind that it looks like. */
export function alternativeName(exact: string): envoy.SubjectAltNameMatcher {
  const kind = exact.includes('://') ? 'URI' : isIP(exact) > 0 ? 'IP_ADDRESS' : 'DNS';
  return { san_type: kind, matcher: { exact } };
}

function shownSecret(tls: OriginatedTls, credential: string | undefined): string | undefined {
  if (tls.credential !== undefined) return gatewaySecret(tls.credential);
  if (tls.mode !== 'MUTUAL') return undefined;
  return credential === undefined ? shownFiles(tls) : gatewaySecret(credential);
}

function shownFiles({ clientCertificate, privateKey }: OriginatedTls): string | undefined {
  return clientCertificate && privateKey ? certificateFileSecret(clientCertificate, privateKey) : undefined;
}

function serverValidation(
  { subjectAltNames = [], caCertificates, caCrl, roots: pem }: OriginatedTls,
  service: Service,
  credential: string | undefined,
): CommonTls {
  const names = subjectAltNames.length > 0 ? subjectAltNames : (service.subjectAltNames ?? []);
  // No public authority vouches for a local stand-in.
  const system = service.endpoints.find(({ roots }) => roots !== undefined)?.roots;
  const file = caCertificates === undefined || caCertificates === 'system' ? system : caCertificates;
  const demanded = {
    match_typed_subject_alt_names: nonEmpty(names.map(alternativeName)),
    crl: caCrl ? { filename: caCrl } : undefined,
  };
  if (pem !== undefined) return { validation_context: { ...demanded, trusted_ca: inline(pem) } };
  return {
    combined_validation_context: {
      default_validation_context: demanded,
      validation_context_sds_secret_config: secretConfig(
        credential === undefined ? rootFileSecret(file) : gatewayClientRoots(credential),
      ),
    },
  };
}
