import type { ProxyDump } from '#mesh/run/api.ts';
import type { RunningProxy } from '#mesh/run/apply/proxies.ts';
import type { KeyPair } from '#mesh/run/certificates/authority.ts';
import { type ControlContext, type NamedPod, noSuchPod } from '#mesh/run/control/handlers.ts';

/** What an Envoy was given, and how far it has taken it over. */
export async function proxyDump(context: ControlContext, name: NamedPod): Promise<ProxyDump> {
  const { mesh, identities } = context;
  const proxy = mesh.dataPlane.proxies.find(
    ({ process }) => process.name === `${name.name}.${name.namespace}`,
  );
  const role = proxy?.find(mesh.dataPlane.model)?.role;
  if (!proxy || !role) {
    throw noSuchPod(name);
  }
  const { process } = proxy;
  return {
    ...name,
    role,
    adminPort: process.admin.port,
    config: process.config,
    version: process.version,
    synced: process.synced,
    secrets: await secrets(proxy, identities),
  };
}

async function secrets({ identity, process }: RunningProxy, identities: ControlContext['identities']) {
  const used = process.config.secrets;
  const own = used.includes('default')
    ? [row('default', 'Cert Chain', await identities.certificate(identity))]
    : [];
  return [...own, ...(used.includes('ROOTCA') ? [row('ROOTCA', 'CA', identities.root)] : [])];
}

function row(name: string, type: 'Cert Chain' | 'CA', pair: KeyPair): ProxyDump['secrets'][number] {
  const { serialNumber, notBefore, notAfter, subjectAltName } = pair;
  return {
    name,
    type,
    serialNumber,
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
    ...(subjectAltName && { subjectAltName }),
  };
}
