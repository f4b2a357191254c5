// The x509 library resolves its providers by reflection and asks for this polyfill before it is loaded.
import 'reflect-metadata';

import type { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const day = 24 * 60 * 60 * 1000;
/** Milliseconds; ten years, as Istio's own root: a mesh that sleeps never outlives it. */
export const rootValidity = 3_650 * day;
/** Clocks of one machine agree; this covers the second that a certificate's time is cut to. */
const backdate = 60 * 1000;

/** A certificate with its private key, in PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
  readonly serialNumber: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly subjectAltName?: string;
}

export interface IssueOptions {
  readonly commonName?: string;
  readonly uris?: readonly string[];
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  /** O, by which Kubernetes knows a client's group. */
  readonly organization?: string;
  /** Milliseconds; 24 hours, as Istio's workload certificates. */
  readonly validity?: number;
}

/** A certificate authority that lives as long as its mesh. */
export interface Authority {
  readonly root: KeyPair;
  issue(options: IssueOptions): Promise<KeyPair>;
}

export async function createAuthority(name: string, now: () => Date = () => new Date()): Promise<Authority> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const issuer = `O=${name}`;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: issuer,
    keys,
    signingAlgorithm: algorithm,
    ...validity(now(), rootValidity),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return {
    root: await keyPair(certificate, keys.privateKey),
    issue: (options) => issue({ ...options, issuer, signingKey: keys.privateKey, now: now() }),
  };
}

interface Issue extends IssueOptions {
  readonly issuer: string;
  readonly signingKey: webcrypto.CryptoKey;
  readonly now: Date;
}

async function issue(options: Issue): Promise<KeyPair> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const names = alternativeNames(options);
  const certificate = await x509.X509CertificateGenerator.create({
    ...(options.commonName ? { subject: subjectOf(options) } : {}),
    issuer: options.issuer,
    publicKey: keys.publicKey,
    signingKey: options.signingKey,
    signingAlgorithm: algorithm,
    ...validity(options.now, options.validity ?? day),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([
        x509.ExtendedKeyUsage.serverAuth,
        x509.ExtendedKeyUsage.clientAuth,
      ]),
      // RFC 5280: critical when the subject is empty.
      new x509.SubjectAlternativeNameExtension(names, !options.commonName),
    ],
  });
  const subjectAltName = names.map(({ value }) => value).join(',');
  return { ...(await keyPair(certificate, keys.privateKey)), subjectAltName };
}

function subjectOf({ commonName, organization }: IssueOptions): string {
  return organization ? `CN=${commonName}, O=${organization}` : `CN=${commonName}`;
}

function alternativeNames({ uris = [], dnsNames = [], ipAddresses = [] }: IssueOptions) {
  return [
    ...ipAddresses.map((value) => ({ type: 'ip' as const, value })),
    ...uris.map((value) => ({ type: 'url' as const, value })),
    ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
  ];
}

function validity(now: Date, length: number) {
  return { notBefore: new Date(now.getTime() - backdate), notAfter: new Date(now.getTime() + length) };
}

async function keyPair(certificate: x509.X509Certificate, privateKey: webcrypto.CryptoKey): Promise<KeyPair> {
  const key = await crypto.subtle.exportKey('pkcs8', privateKey);
  return {
    certificate: `${certificate.toString('pem')}\n`,
    key: `${x509.PemConverter.encode(key, 'PRIVATE KEY')}\n`,
    serialNumber: certificate.serialNumber,
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
  };
}
