import { Agent } from 'node:http';
import { VERSION_HOST } from '#mesh/envoy/acknowledgement.ts';
import { HTTP_PROXY } from '#mesh/envoy/names.ts';
import { gatewayRoutesName } from '#mesh/envoy/routes/gateway-routes.ts';
import { kubeProxyRoutesName } from '#mesh/envoy/routes/kube-proxy-routes.ts';
import { routesNamed } from '#mesh/envoy/xds/source.ts';
import type { Proxy as MeshProxy } from '#mesh/model/mesh.ts';
import { getLocal } from '#mesh/run/proxies/admin-client.ts';

/** A plain HTTP listener, and the routes that it uses. */
export interface RoutedListener {
  readonly port: number;
  readonly routes: string;
}

/** The listeners of a proxy that can be asked for the version of their routes; TLS ones cannot. */
export function routedListeners(proxy: MeshProxy): readonly RoutedListener[] {
  switch (proxy.role) {
    case 'sidecar':
      return [{ port: proxy.sidecar.outboundPort, routes: routesNamed(HTTP_PROXY) }];
    case 'gateway':
      return proxy.gateway.servers
        .filter(({ protocol, httpsRedirect }) => protocol === 'HTTP' && !httpsRedirect)
        .map((server) => ({ port: server.localPort, routes: routesNamed(gatewayRoutesName(server)) }));
    case 'kube-proxy':
      return Object.entries(proxy.kubeProxy.outboundPorts).map(([namespace, port]) => ({
        port,
        routes: routesNamed(kubeProxyRoutesName(namespace)),
      }));
  }
}

const agent = new Agent({ keepAlive: false });

/** Whether the worker behind a listener uses the routes of this version. */
export async function servesVersion(port: number, version: string): Promise<boolean> {
  try {
    const headers = { host: VERSION_HOST };
    const answer = await getLocal({ port, path: '/', headers, agent });
    return answer.text.trim() === version;
  } catch {
    return false;
  }
}
