import type { ClusterObject } from '#mesh/cli/importing/objects.ts';
import { createAuthority } from '#mesh/istiod/ca/authority.ts';

/** The value in place of a secret: enough to start with. */
const VALUE = 'left-out-by-mesh-import';

interface SecretName {
  readonly namespace: string;
  readonly name: string;
}

/** The Secrets that the objects refer to, with invented values; certificates of gateways are real, but nobody trusts them. */
export async function secretStandIns(objects: readonly ClusterObject[]): Promise<readonly ClusterObject[]> {
  const wanted = new Map<string, SecretName & { readonly keys: Set<string>; isTls: boolean }>();
  const want = ({ namespace, name }: SecretName) => {
    const key = `${namespace}/${name}`;
    const known = wanted.get(key) ?? { namespace, name, keys: new Set<string>(), isTls: false };
    wanted.set(key, known);
    return known;
  };
  for (const object of objects) {
    const namespace = object.metadata.namespace ?? 'default';
    walk(object, (member) => {
      const { secretKeyRef, secretRef, secret, credentialName, certificateRefs, clientCertificateRef } =
        member;
      const key = named(secretKeyRef);
      if (key?.name) want({ namespace, name: key.name }).keys.add(String(key.key ?? 'value'));
      const whole = named(secretRef)?.name ?? named(secret)?.secretName;
      if (whole) want({ namespace, name: whole }).keys.add('value');
      // Gateways look for it where they run themselves.
      if (typeof credentialName === 'string')
        want({ namespace: 'istio-system', name: credentialName }).isTls = true;
      const references = [...(Array.isArray(certificateRefs) ? certificateRefs : []), clientCertificateRef];
      for (const reference of references.flatMap((one) => named(one) ?? [])) {
        const { name = '', namespace: other = namespace } = reference;
        want({ namespace: other, name }).isTls = true;
      }
    });
  }
  return Promise.all([...wanted.values()].map(standIn));
}

interface Reference {
  readonly name?: string;
  readonly key?: string;
  readonly secretName?: string;
  readonly namespace?: string;
}

function named(value: unknown): Reference | undefined {
  return typeof value === 'object' && value !== null ? (value as Reference) : undefined;
}

function walk(value: unknown, visit: (member: Record<string, unknown>) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) visit(value as Record<string, unknown>);
  for (const member of Object.values(value)) walk(member, visit);
}

async function standIn({
  namespace,
  name,
  keys,
  isTls,
}: SecretName & { readonly keys: Set<string>; readonly isTls: boolean }): Promise<ClusterObject> {
  const metadata = { name, namespace, annotations: { 'mesh101/stand-in': 'mesh import reads no Secrets' } };
  const base = { apiVersion: 'v1', kind: 'Secret', metadata };
  if (!isTls)
    return { ...base, type: 'Opaque', stringData: Object.fromEntries([...keys].map((key) => [key, VALUE])) };
  const authority = await createAuthority('mesh import');
  const { certificate, key } = await authority.issue({ dnsNames: [`${name}.example`] });
  return { ...base, type: 'kubernetes.io/tls', stringData: { 'tls.crt': certificate, 'tls.key': key } };
}
