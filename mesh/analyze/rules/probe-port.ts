import { diagnose, type Rule } from '#mesh/analyze/rule.ts';
import type { Diagnostic } from '#mesh/diagnostic.ts';
import type { YamlPath } from '#mesh/load/document.ts';
import type { Container } from '#mesh/schema/kubernetes/container.ts';
import { didYouMean } from '#mesh/schema/nearest.ts';
import type { Deployment } from '#mesh/schema/resource.ts';

const probes = ['readinessProbe', 'livenessProbe', 'startupProbe'] as const;
const actions = ['httpGet', 'tcpSocket'] as const;

/** M101-probe-port: a probe of a port that its container does not declare never passes. */
export const probePort: Rule = (analysis) =>
  analysis.of('Deployment').flatMap((deployment) =>
    deployment.spec.template.spec.containers.flatMap((container, index) =>
      probes.flatMap((probe) =>
        actions.flatMap((action) => {
          const port = container[probe]?.[action]?.port;
          const path = ['spec', 'template', 'spec', 'containers', index, probe, action, 'port'];
          return port === undefined || declares(container, port)
            ? []
            : [undeclared({ deployment, container, port, path })];
        }),
      ),
    ),
  );

function declares({ ports }: Container, port: number | string): boolean {
  return ports.some(({ name, containerPort }) => port === name || port === containerPort);
}

interface Undeclared {
  readonly deployment: Deployment;
  readonly container: Container;
  readonly port: number | string;
  readonly path: YamlPath;
}

/** A number would do in Kubernetes, but on the laptop only declared ports are mapped to local ones. */
function undeclared({ deployment, container, port, path }: Undeclared): Diagnostic {
  const names = container.ports.map(({ name, containerPort }) => name ?? String(containerPort));
  return diagnose(deployment, path, {
    severity: typeof port === 'string' ? 'error' : 'warning',
    code: 'M101-probe-port',
    message: `container \`${container.name}\` declares no port \`${port}\`, so the probe would never pass`,
    fix:
      names.length === 0 ? "declare the port under the container's `ports`" : didYouMean(String(port), names),
  });
}
