import type { JsonObject } from '#mesh/envoy/config.ts';
import { listener } from '#mesh/envoy/listeners/listener.ts';
import { tcpProxy } from '#mesh/envoy/listeners/tcp-proxy.ts';
import { clusterName } from '#mesh/envoy/names.ts';
import { observeTcp } from '#mesh/envoy/observation/observe.ts';
import { CLIENT } from '#mesh/envoy/observation/side.ts';
import type { KubeProxy } from '#mesh/model/mesh.ts';
import type { Service } from '#mesh/model/service.ts';

/** kube-proxy is no workload that reports. */
const NOBODY = observeTcp(undefined, CLIENT);

/** A listener for every NodePort of the services that has a local port. */
export function nodePortListeners({ nodePorts }: KubeProxy, services: readonly Service[]): JsonObject[] {
  return services.flatMap(({ host, ports }) =>
    ports.flatMap(({ number, nodePort }) => {
      const port = nodePort === undefined ? undefined : nodePorts[nodePort];
      return port === undefined
        ? []
        : [
            listener(
              { name: `nodePort_${nodePort}`, port, direction: 'INBOUND' },
              {
                filter_chains: [
                  { filters: [tcpProxy(clusterName({ direction: 'outbound', port: number, host }), NOBODY)] },
                ],
              },
            ),
          ];
    }),
  );
}
