import { intersectHosts } from '#mesh/model/build/hosts.ts';
import type { VirtualService } from '#mesh/model/build/routes.ts';
import { hostsOf } from '#mesh/model/build/virtual-hosts.ts';
import type { GatewayTls } from '#mesh/model/gateway.ts';
import type { ResourceOf } from '#mesh/schema/resource.ts';

type Gateway = ResourceOf<'Gateway'>;
type Server = Gateway['spec']['servers'][number];

/** One server with the Gateway that declares it. */
export interface DeclaredServer {
  readonly gateway: Gateway;
  readonly server: Server;
  readonly index: number;
}

/** Whether a server passes connections on as they are, instead of routing requests. */
export function passesOn({ port: { protocol }, tls }: Server): boolean {
  return protocol === 'TCP' || protocol === 'MONGO' || protocol === 'TLS' || tls?.mode === 'PASSTHROUGH';
}

/** Without those that need certificates of the mesh at the gateway, which are not carried out. */
export function isServed({ tls }: Server): boolean {
  return tls?.mode === undefined || ['SIMPLE', 'MUTUAL', 'PASSTHROUGH'].includes(tls.mode);
}

/** The server's certificate, when it ends TLS itself. */
export function toTls({ hosts, tls }: Server, namespace: string): GatewayTls[] {
  const { mode, credentialName } = tls ?? {};
  if ((mode !== 'SIMPLE' && mode !== 'MUTUAL') || credentialName === undefined) return [];
  return [{ hosts: hosts.map(hostPart), mode, credential: `${namespace}/${credentialName}` }];
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
