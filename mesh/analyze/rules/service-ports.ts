import { duplicates } from '#mesh/analyze/duplicates.ts';
import { diagnose, type Rule } from '#mesh/analyze/rule.ts';
import { type Diagnostic, formatPosition } from '#mesh/diagnostic.ts';
import type { Service } from '#mesh/schema/resource.ts';

/** M101-duplicate-port: two ports of a Service, or two Services, that ask for the same port. Kubernetes refuses both. */
export const servicePorts: Rule = (analysis) => {
  const services = analysis.of('Service');
  return [...services.flatMap(withinService), ...sharedNodePorts(services)];
};

function withinService(service: Service): readonly Diagnostic[] {
  const ports = service.spec.ports.map((port, index) => ({ ...port, index }));
  const sameNumber = duplicates(ports, ({ port, protocol }) => `${port}/${protocol}`).map(
    ([{ port, index }]) =>
      diagnose(service, ['spec', 'ports', index, 'port'], {
        code: 'M101-duplicate-port',
        message: `Service \`${service.metadata.name}\` declares port ${port} twice`,
        fix: 'remove one, or give it another number',
      }),
  );
  const sameName = duplicates(ports, ({ name }) => name).map(([{ name, index }]) =>
    diagnose(service, ['spec', 'ports', index, 'name'], {
      code: 'M101-duplicate-port',
      message: `Service \`${service.metadata.name}\` has two ports named \`${name}\``,
      fix: 'give each port a name of its own',
    }),
  );
  return [...sameNumber, ...sameName, ...unnamed(service)];
}

function unnamed(service: Service): readonly Diagnostic[] {
  if (service.spec.ports.length < 2) return [];
  return service.spec.ports.flatMap(({ name, port }, index) =>
    name === undefined
      ? [
          diagnose(service, ['spec', 'ports', index], {
            code: 'M101-unnamed-port',
            message: `port ${port} has no name, which a Service with several ports needs`,
            fix: `add a name that begins with the protocol, such as \`name: http-${port}\``,
          }),
        ]
      : [],
  );
}

function sharedNodePorts(services: readonly Service[]): readonly Diagnostic[] {
  const ports = services.flatMap((service) =>
    service.spec.ports.map((port, index) => ({ ...port, index, service })),
  );
  const key = ({ nodePort, protocol }: (typeof ports)[number]) =>
    nodePort === undefined ? undefined : `${nodePort}/${protocol}`;
  return duplicates(ports, key).map(([{ service, index, nodePort }, earlier]) => {
    const where = formatPosition(earlier.service.document.at(['spec', 'ports', earlier.index, 'nodePort']));
    return diagnose(service, ['spec', 'ports', index, 'nodePort'], {
      code: 'M101-duplicate-port',
      message: `nodePort ${nodePort} is taken by Service \`${earlier.service.metadata.name}\` (${where})`,
      fix: 'choose another nodePort, or leave it out',
    });
  });
}
