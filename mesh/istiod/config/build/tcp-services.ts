import { withAliases } from '#mesh/istiod/config/build/aliases.ts';
import { externalServices } from '#mesh/istiod/config/build/external-services.ts';
import type { BuildInput } from '#mesh/istiod/config/build/input.ts';
import { kubernetesServices } from '#mesh/istiod/config/build/services.ts';
import type { Resource } from '#mesh/istiod/config/schema/resource.ts';
import { isHttp, type Service, type ServicePort } from '#mesh/istiod/model/service.ts';

/** A service's port that carries connections instead of requests, or may do so. */
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
  return withAliases([...kubernetesServices(input), ...externalServices(input)], resources)
    .filter(({ host }) => !host.startsWith('*'))
    .flatMap((service) =>
      service.ports.filter(({ protocol }) => !isHttp(protocol)).map((port) => ({ service, port })),
    );
}
