import type { JsonObject } from '#mesh/envoy/config.ts';
import { certificateSecret, ROOT_SECRET, rootsSecret, WORKLOAD_SECRET } from '#mesh/envoy/tls/secrets.ts';
import { type Response, type Responses, secretResponse } from '#mesh/envoy/xds/responses.ts';
import { secretNamed } from '#mesh/envoy/xds/source.ts';
import type { Identities, Identity } from '#mesh/run/certificates/identities.ts';
import { keySource } from '#mesh/run/pods/key-source.ts';
import type { Resource } from '#mesh/schema/resource.ts';

export interface SecretSources {
  readonly identities: Identities;
  readonly identity: Identity;
  readonly resources: readonly Resource[];
}

/** The secrets that only the runner can make: the workload's identity, and Kubernetes Secrets. */
export async function secretResponses(names: readonly string[], sources: SecretSources): Promise<Responses> {
  const responses: Record<string, Response> = {};
  for (const name of names) {
    const secret = await secretOf(name, sources);
    if (secret) {
      responses[secretNamed(name)] = secretResponse(secret);
    }
  }
  return responses;
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

/** `kubernetes://NS/NAME` from `tls.crt` and `tls.key`, `…-cacert` from `ca.crt` of the same Secret. */
function gatewayCredential(match: RegExpExecArray, resources: readonly Resource[]): JsonObject | undefined {
  const [sdsName, namespace = '', name = '', cacert] = match;
  const data = keySource({ kind: 'Secret', namespace, name }, resources);
  if (!data) {
    return undefined;
  }
  return cacert
    ? rootsSecret(sdsName, data['ca.crt'] ?? data['cacert'] ?? '')
    : certificateSecret(sdsName, {
        chain: data['tls.crt'] ?? data['cert'] ?? '',
        key: data['tls.key'] ?? data['key'] ?? '',
      });
}
