import { intersectHosts } from '#mesh/istiod/config/build/hosts.ts';
import { selects } from '#mesh/istiod/config/build/input.ts';
import type { VirtualService } from '#mesh/istiod/config/build/routes.ts';
import { hostsOf } from '#mesh/istiod/config/build/virtual-hosts.ts';
import type { ResourceOf } from '#mesh/istiod/config/schema/resource.ts';
import { isCipher } from '#mesh/istiod/config/validation/gateway.ts';
import {
  type ClientVerification,
  type GatewayTls,
  gatewayLabels,
  gatewayPodPort,
  gatewayServicePort,
} from '#mesh/istiod/model/gateway.ts';

type Gateway = ResourceOf<'Gateway'>;
type Server = Gateway['spec']['servers'][number];

/** One server with the Gateway that declares it. */
export interface DeclaredServer {
  readonly gateway: Gateway;
  readonly server: Server;
  readonly index: number;
}

const requestProtocols = new Set(['HTTP', 'HTTP2', 'HTTP_PROXY', 'GRPC', 'GRPC-WEB', 'HTTPS']);

/** Whether a server passes connections on as they are, instead of routing requests. */
export function passesOn({ port: { protocol }, tls }: Server): boolean {
  return !requestProtocols.has(protocol) || tls?.mode === 'PASSTHROUGH';
}

/** Without those of multi-cluster gateways, which are not carried out, and those for the gateway's pod alone; Envoy's gateways have no UDP. */
export function isServed({ port, tls, bind = '' }: Server): boolean {
  return port.protocol !== 'UDP' && tls?.mode !== 'AUTO_PASSTHROUGH' && !/^(127\.|::1$)/.test(bind);
}

/**
 * The servers that one port can have together: behind a server in plain text those of its protocol alone, where all that
 * carry requests are one. As in Istio, the older Gateway's come first.
 */
export function compatible(servers: readonly DeclaredServer[]): DeclaredServer[] {
  const isPlain = ({ server: { tls } }: DeclaredServer) => !tls || tls.httpsRedirect;
  const first = servers.findIndex(isPlain);
  const { protocol: decided = '' } = servers[first]?.server.port ?? {};
  const carriesRequests = (protocol: string) => protocol !== 'HTTPS' && requestProtocols.has(protocol);
  return servers.filter(
    ({ server: { port } }, index) =>
      first === -1 ||
      index <= first ||
      port.protocol === decided ||
      (carriesRequests(port.protocol) && carriesRequests(decided)),
  );
}

/** The server's certificates, when it ends TLS itself, and what it demands of clients'. */
export function toTls({ hosts, tls }: Server, namespace: string): GatewayTls[] {
  if (!tls || !endsTls(tls)) return [];
  const [credential, ...others] = secretNames(tls).map((name) => `${namespace}/${name}`);
  const files = filesOf(tls);
  if (!credential && files.length === 0 && tls.mode !== 'ISTIO_MUTUAL') return [];
  return [
    {
      hosts: hosts.map(hostPart),
      mode: tls.mode,
      ...(credential !== undefined && { credential }),
      ...(others.length > 0 && { furtherCredentials: others }),
      ...(files.length > 0 && !credential && { files }),
      ...clientRoots(tls, namespace),
      ...clients(tls),
      ...versions(tls),
    },
  ];
}

type Tls = NonNullable<Server['tls']>;
type EndedTls = Tls & { readonly mode: GatewayTls['mode'] };

function endsTls(tls: Tls): tls is EndedTls {
  return tls.mode !== undefined && !tls.mode.endsWith('PASSTHROUGH');
}

/** The Secrets that a server's `tls` names. */
function secretNames({ credentialName, credentialNames }: Tls): readonly string[] {
  return credentialNames.length > 0 ? credentialNames : credentialName ? [credentialName] : [];
}

function filesOf({ serverCertificate, privateKey, tlsCertificates }: Tls) {
  const single = serverCertificate && privateKey ? [{ serverCertificate, privateKey }] : [];
  return [...(tlsCertificates.length > 0 ? tlsCertificates : single)].map((one) => ({
    certificate: one.serverCertificate,
    key: one.privateKey,
  }));
}

function clientRoots(
  { caCertCredentialName, caCertificates }: Tls,
  namespace: string,
): Pick<GatewayTls, 'clientRoots'> {
  if (caCertCredentialName) return { clientRoots: { credential: `${namespace}/${caCertCredentialName}` } };
  return caCertificates ? { clientRoots: { file: caCertificates } } : {};
}

function clients(tls: Tls): Pick<GatewayTls, 'clients'> {
  const { subjectAltNames, verifyCertificateSpki: spki, verifyCertificateHash: hashes, caCrl } = tls;
  const verification: ClientVerification = {
    ...(subjectAltNames.length > 0 && { subjectAltNames }),
    ...(spki.length > 0 && { spki }),
    ...(hashes.length > 0 && { hashes }),
    ...(caCrl && { revoked: caCrl }),
    ...(tls.insecureSkipVerify && { isUnsigned: true }),
  };
  return Object.keys(verification).length > 0 ? { clients: verification } : {};
}

function versions(tls: Tls): Pick<GatewayTls, 'minimumVersion' | 'maximumVersion' | 'cipherSuites'> {
  const [minimum, maximum] = [tlsVersions[tls.minProtocolVersion], tlsVersions[tls.maxProtocolVersion]];
  const suites = [...new Set(tls.cipherSuites.filter(isCipher))];
  return {
    ...(minimum && { minimumVersion: minimum }),
    ...(maximum && { maximumVersion: maximum }),
    ...(suites.length > 0 && { cipherSuites: suites }),
  };
}

const tlsVersions = {
  TLS_AUTO: undefined,
  TLSV1_0: 'TLSv1_0',
  TLSV1_1: 'TLSv1_1',
  TLSV1_2: 'TLSv1_2',
  TLSV1_3: 'TLSv1_3',
} as const;

/** The listener that a server belongs to: the same one for a port of the gateway's Service and for that of its pod. */
export function listenerPort({ port }: Pick<Server, 'port'>): number {
  return gatewayServicePort(port.number);
}

/** Whether a selector means the gateway that every mesh has. */
export function selectsOwnGateway(selector: Gateway['spec']['selector']): boolean {
  return selects(selector, gatewayLabels);
}

/** All numbers under which a Gateway may name a port of a gateway's Service. */
export function numbersOf(servicePort: number): readonly number[] {
  return [servicePort, gatewayServicePort(servicePort), gatewayPodPort(servicePort)];
}

/** As VirtualServices name it. */
export function gatewayKey({ metadata }: Gateway): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/** The hosts that both a server and a VirtualService name. */
export function commonHosts(
  { gateway, server }: Pick<DeclaredServer, 'gateway' | 'server'>,
  service: VirtualService,
): string[] {
  const visible = server.hosts.filter((host) => namespaceAllows(host, gateway, service)).map(hostPart);
  return visible.flatMap((host) => hostsOf(service).flatMap((own) => intersectHosts(host, own) ?? []));
}

/** A server's host may carry the namespace of the VirtualServices that may bind to it: `prod/*`, `./*`, `*`. */
function namespaceAllows(host: string, gateway: Gateway, service: VirtualService): boolean {
  const [namespace = '*'] = host.includes('/') ? host.split('/') : [];
  const { namespace: own } = service.metadata;
  return namespace === '*' || namespace === own || (namespace === '.' && gateway.metadata.namespace === own);
}

export function hostPart(host: string): string {
  return host.slice(host.indexOf('/') + 1);
}
