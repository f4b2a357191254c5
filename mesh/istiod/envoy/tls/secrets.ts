import { rootCertificates } from 'node:tls';
import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import { xdsSource } from '#mesh/istiod/envoy/xds-source.ts';

/** Istio's names for a workload's own certificate and for the mesh's roots. */
export const WORKLOAD_SECRET = 'default';
export const ROOT_SECRET = 'ROOTCA';
export const SYSTEM_ROOTS = 'file-root:system';

const ROOT_FILE = 'file-root:';
const CERTIFICATE_FILE = 'file-cert:';

export function gatewaySecret(credential: string): string {
  return `kubernetes://${credential}`;
}

export function gatewayClientRoots(credential: string): string {
  return `${gatewaySecret(credential)}-cacert`;
}

export function rootFileSecret(path: string | undefined): string {
  return path ? ROOT_FILE + path : SYSTEM_ROOTS;
}

export function certificateFileSecret(certificate: string, key: string): string {
  return `${CERTIFICATE_FILE}${certificate}~${key}`;
}

/** A SdsSecretConfig that asks the runner for the secret. */
export function secretConfig(name: string): envoy.SdsSecretConfig {
  return { name, sds_config: xdsSource };
}

/** The Secret resource with a certificate chain and its key, both PEM. */
export function certificateSecret(name: string, pem: { chain: string; key: string }): envoy.Secret {
  return {
    name,
    tls_certificate: {
      certificate_chain: inline(pem.chain),
      private_key: inline(pem.key),
    },
  };
}

/** The Secret resource with trusted roots and the list of revoked certificates, PEM. */
export function rootsSecret(name: string, pem: string, revoked?: string): envoy.Secret {
  const crl = revoked === undefined ? undefined : inline(revoked);
  return { name, validation_context: { trusted_ca: inline(pem), crl } };
}

/** As Istio gives it: `istioctl proxy-config secret` reads no other form. */
export function inline(pem: string): envoy.DataSource {
  return { inline_bytes: Buffer.from(pem).toString('base64') };
}

/** The Secret resource of a name that says itself where its content is, from a DestinationRule's file paths. */
export function fileSecret(name: string): envoy.Secret {
  if (name === SYSTEM_ROOTS) {
    return rootsSecret(name, rootCertificates.join('\n'));
  }
  if (name.startsWith(ROOT_FILE)) {
    return { name, validation_context: { trusted_ca: { filename: name.slice(ROOT_FILE.length) } } };
  }
  const [certificate = '', key = ''] = name.slice(CERTIFICATE_FILE.length).split('~');
  return {
    name,
    tls_certificate: { certificate_chain: { filename: certificate }, private_key: { filename: key } },
  };
}

/** Whether `fileSecret` makes the secret, rather than the runner. */
export function isFileSecret(name: string): boolean {
  return name.startsWith(ROOT_FILE) || name.startsWith(CERTIFICATE_FILE);
}
