import type { Identities, Identity } from '#mesh/istiod/ca/identities.ts';
import { keySource } from '#mesh/istiod/config/gateway-credentials.ts';
import type { Resource } from '#mesh/istiod/config/schema/resource.ts';
import type { JsonObject } from '#mesh/istiod/envoy/json.ts';
import {
  certificateSecret,
  ROOT_SECRET,
  rootsSecret,
  WORKLOAD_SECRET,
} from '#mesh/istiod/envoy/tls/secrets.ts';

export interface SecretSources {
  readonly identities: Identities;
  readonly identity: Identity;
  readonly resources: readonly Resource[];
}

/** By name, the secrets that only the runner can make: the workload's identity, and Kubernetes Secrets. */
export async function proxySecrets(
  names: readonly string[],
  sources: SecretSources,
): Promise<ReadonlyMap<string, JsonObject>> {
  const secrets = new Map<string, JsonObject>();
  for (const name of names) {
    const secret = await secretOf(name, sources);
    if (secret) {
      secrets.set(name, secret);
    }
  }
  return secrets;
}

async function secretOf(name: string, sources: SecretSources): Promise<JsonObject | undefined> {
  const { identities, identity } = sources;
  if (name === WORKLOAD_SECRET) {
    const { certificate, key } = await identities.certificate(identity);
    return certificateSecret(name, { chain: certificate + identities.root.certificate, key });
  }
  if (name === ROOT_SECRET) {
    return rootsSecret(name, identities.root.certificate);
  }
  const credential = /^kubernetes:\/\/([^/]+)\/(.+?)(-cacert)?$/.exec(name);
  return credential ? gatewayCredential(credential, sources.resources) : undefined;
}

/** `kubernetes://NS/NAME` from `tls.crt` and `tls.key`, `…-cacert` from `ca.crt` of the same Secret or of `NAME-cacert`. */
function gatewayCredential(match: RegExpExecArray, resources: readonly Resource[]): JsonObject | undefined {
  const [sdsName, namespace = '', name = '', cacert] = match;
  const data = keySource({ kind: 'Secret', namespace, name }, resources);
  if (cacert) {
    const own = keySource({ kind: 'Secret', namespace, name: `${name}${cacert}` }, resources);
    const holder = [data, own].find((one) => one?.['ca.crt'] ?? one?.['cacert']);
    const roots = holder?.['ca.crt'] ?? holder?.['cacert'];
    return roots === undefined ? undefined : rootsSecret(sdsName, roots, holder?.['ca.crl']);
  }
  return (
    data &&
    certificateSecret(sdsName, {
      chain: data['tls.crt'] ?? data['cert'] ?? '',
      key: data['tls.key'] ?? data['key'] ?? '',
    })
  );
}
