import { diagnose, type Rule } from '#mesh/analyze/rule.ts';
import { didYouMean, useOneOf } from '#mesh/schema/nearest.ts';
import type { Deployment } from '#mesh/schema/resource.ts';

/**
 * M101-target-port: a Service's port leads to a port that its pods do not declare. A name must be declared in
 * Kubernetes as well; a number need not, but on the laptop only declared ports are mapped to local ones.
 */
export const targetPort: Rule = (analysis) =>
  analysis.of('Service').flatMap((service) => {
    const deployments = analysis.workloads.selectedBy(service.spec.selector, service.metadata.namespace);
    return service.spec.ports.flatMap(({ port, targetPort: target = port }, index) =>
      deployments
        .filter((deployment) => !declares(deployment, target))
        .map((deployment) =>
          diagnose(
            service,
            [
              'spec',
              'ports',
              index,
              service.spec.ports[index]?.targetPort === undefined ? 'port' : 'targetPort',
            ],
            {
              severity: typeof target === 'string' ? 'error' : 'warning',
              code: 'M101-target-port',
              message: `the pods of Deployment \`${deployment.metadata.name}\` declare no port ${typeof target === 'string' ? `named \`${target}\`` : target}`,
              fix:
                typeof target === 'string'
                  ? didYouMean(target, portsOf(deployment))
                  : useOneOf(portsOf(deployment)),
            },
          ),
        ),
    );
  });

function declares(deployment: Deployment, target: string | number): boolean {
  return allPorts(deployment).some(({ name, containerPort }) => target === name || target === containerPort);
}

function portsOf(deployment: Deployment): readonly string[] {
  return allPorts(deployment).map(({ name, containerPort }) => name ?? String(containerPort));
}

function allPorts({ spec }: Deployment) {
  return spec.template.spec.containers.flatMap(({ ports }) => ports);
}
