import { duplicates } from '#mesh/analyze/duplicates.ts';
import { diagnose, type Rule } from '#mesh/analyze/rule.ts';

/** M101-duplicate-port: two containers of a pod cannot listen on one port, as they share an address. */
export const containerPorts: Rule = (analysis) =>
  analysis.of('Deployment').flatMap((deployment) => {
    const ports = deployment.spec.template.spec.containers.flatMap((container, position) =>
      container.ports.map((port, index) => ({
        ...port,
        container: container.name,
        path: ['spec', 'template', 'spec', 'containers', position, 'ports', index],
      })),
    );
    return duplicates(ports, ({ containerPort, protocol }) => `${containerPort}/${protocol}`).map(
      ([port, earlier]) =>
        diagnose(deployment, [...port.path, 'containerPort'], {
          code: 'M101-duplicate-port',
          message: `port ${port.containerPort} of container \`${port.container}\` is taken by container \`${earlier.container}\` of the same pod`,
          fix: 'let the program listen on another port, and declare that one',
        }),
    );
  });
