import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority, type KeyPair } from '#mesh/istiod/ca/authority.ts';
import type { Draft } from '#mesh/run/testing/kube-client.ts';

/** What gateways are given, and what a client shows them. */
export interface Certificates {
  /** `web-cert` and `second-cert` for servers, `mutual-cert` with the authority that clients' certificates come from. */
  readonly secrets: readonly Draft[];
  readonly client: { readonly certificate: string; readonly key: string };
}

/** Issues the world's certificates; `tls.crt` and `tls.key` of the backends go into their folder. */
export async function writeSecrets(folder: string): Promise<Certificates> {
  const authority = await createAuthority('conformance');
  const validity = 300 * 24 * 60 * 60 * 1000;
  const server = await authority.issue({
    commonName: 'server',
    dnsNames: ['*.example.com', 'example.com'],
    validity,
  });
  const second = await authority.issue({ commonName: 'second', dnsNames: ['second.example.org'], validity });
  const client = await authority.issue({ commonName: 'client', dnsNames: ['client.example.com'], validity });
  writeFileSync(join(folder, 'tls.crt'), server.certificate);
  writeFileSync(join(folder, 'tls.key'), server.key);
  return {
    secrets: [
      secret('web-cert', server),
      secret('second-cert', second),
      secret('mutual-cert', server, authority.root.certificate),
    ],
    client: { certificate: client.certificate, key: client.key },
  };
}

/** The world's Secrets, where nobody serves anything. */
export async function worldSecrets(): Promise<readonly Draft[]> {
  const folder = mkdtempSync(join(tmpdir(), 'mesh101-conformance-'));
  try {
    return (await writeSecrets(folder)).secrets;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function secret(name: string, { certificate, key }: KeyPair, ca?: string): Draft {
  const data = { 'tls.crt': certificate, 'tls.key': key, ...(ca !== undefined && { 'ca.crt': ca }) };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'istio-system' },
    type: ca === undefined ? 'kubernetes.io/tls' : 'Opaque',
    stringData: data,
  };
}
