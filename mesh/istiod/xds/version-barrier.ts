import { HTTP_PROXY } from '#mesh/istiod/envoy/names.ts';
import { gatewayRoutesName } from '#mesh/istiod/envoy/routes/gateway-routes.ts';
import { kubeProxyRoutesName } from '#mesh/istiod/envoy/routes/kube-proxy-routes.ts';
import { VERSION_HOST } from '#mesh/istiod/envoy/version-host.ts';
import type { Proxy as MeshProxy } from '#mesh/istiod/model/mesh.ts';
import { getLocal } from '#mesh/serve/get-local.ts';
import { Agent } from '#platform/node-http.ts';

/** A plain HTTP listener, and the name of the route configuration that it uses. */
export interface RoutedListener {
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  readonly routes: string;
}

/** The listeners of a proxy that can be asked for the version of their routes; TLS ones cannot. */
export function routedListeners(proxy: MeshProxy): readonly RoutedListener[] {
  switch (proxy.role) {
    case 'sidecar':
      return [{ port: proxy.sidecar.outboundPort, routes: HTTP_PROXY }];
    case 'gateway':
      return proxy.gateway.servers
        .filter(({ protocol }) => protocol === 'HTTP')
        .map((server) => ({
          port: server.localPort,
          ...(server.address !== undefined && { host: server.address }),
          routes: gatewayRoutesName(server),
        }));
    case 'kube-proxy':
      return Object.entries(proxy.kubeProxy.outboundPorts).map(([namespace, port]) => ({
        port,
        routes: kubeProxyRoutesName(namespace),
      }));
  }
}

const agent = new Agent({ keepAlive: false });

/** Whether the worker behind a listener uses the routes of this version. */
export async function servesVersion(
  { port, host }: Pick<RoutedListener, 'port' | 'host'>,
  version: string,
): Promise<boolean> {
  try {
    const headers = { host: VERSION_HOST };
    const answer = await getLocal({ port, ...(host !== undefined && { host }), path: '/', headers, agent });
    return answer.text.trim() === version;
  } catch {
    return false;
  }
}
