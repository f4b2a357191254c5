import { externalServices } from '#mesh/model/build/external-services.ts';
import type { BuildInput } from '#mesh/model/build/input.ts';
import { isHttp } from '#mesh/model/build/protocol.ts';
import { kubernetesServices } from '#mesh/model/build/services.ts';
import type { Service, ServicePort } from '#mesh/model/service.ts';
import type { Resource } from '#mesh/schema/resource.ts';

/** A service's port that carries connections instead of requests. */
export interface TcpService {
  readonly service: Service;
  readonly port: ServicePort;
}

/** Every such port that manifests declare, without those of patterns, which are no address to connect to. */
export function tcpServices(resources: readonly Resource[]): TcpService[] {
  const nowhere: Omit<BuildInput, 'resources'> = {
    pods: [],
    gateways: [],
    standIns: [],
    outboundPolicy: 'REGISTRY_ONLY',
  };
  const input = { ...nowhere, resources };
  return [...kubernetesServices(input, []), ...externalServices(input, [])]
    .filter(({ host }) => !host.startsWith('*'))
    .flatMap((service) =>
      service.ports.filter(({ protocol }) => !isHttp(protocol)).map((port) => ({ service, port })),
    );
}
