import type { Mesh } from '#mesh/model/mesh.ts';
import type { Pod, PodPort } from '#mesh/model/pod.ts';
import type { Protocol, Service, ServicePort } from '#mesh/model/service.ts';

export interface InboundService {
  readonly service: Service;
  readonly port: ServicePort;
}

/** The service that leads to a pod's port; the first one, where several do. */
export function serviceOf(mesh: Mesh, pod: Pod, podPort: PodPort): InboundService | undefined {
  const name = `${pod.name}.${pod.namespace}`;
  for (const service of mesh.services) {
    const endpoint = service.endpoints.find((candidate) => candidate.pod === name);
    const port = service.ports.find(({ number }) => endpoint?.ports[number] === podPort.inboundPort);
    if (port) {
      return { service, port };
    }
  }
  return undefined;
}

/** A port that no service knows is taken for TCP, which carries everything. */
export function inboundProtocol(target: InboundService | undefined): Protocol {
  return target?.port.protocol ?? 'TCP';
}
