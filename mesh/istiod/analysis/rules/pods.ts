import type { Diagnostic } from '#mesh/diagnostic.ts';
import { labelText } from '#mesh/istiod/analysis/registry.ts';
import { diagnose, duplicates, type Rule } from '#mesh/istiod/analysis/rule.ts';
import { selects } from '#mesh/istiod/config/build/input.ts';
import type { YamlPath } from '#mesh/istiod/config/load/document.ts';
import type { Container } from '#mesh/istiod/config/schema/kubernetes/container.ts';
import { type PodOwner, podOwners } from '#mesh/istiod/config/schema/resource.ts';
import { didYouMean, nearest } from '#mesh/nearest.ts';

/** M101-duplicate-port: two containers of a pod cannot listen on one port, as they share an address. */
export const containerPorts: Rule = (analysis) =>
  podOwners(analysis.resources).flatMap((owner) => {
    const ports = owner.spec.template.spec.containers.flatMap((container, position) =>
      container.ports.map((port, index) => ({
        ...port,
        container: container.name,
        path: ['spec', 'template', 'spec', 'containers', position, 'ports', index],
      })),
    );
    return duplicates(ports, ({ containerPort, protocol }) => `${containerPort}/${protocol}`).map(
      ([port, earlier]) =>
        diagnose(owner, [...port.path, 'containerPort'], {
          code: 'M101-duplicate-port',
          message: `port ${port.containerPort} of container \`${port.container}\` is taken by container \`${earlier.container}\` of the same pod`,
          fix: 'let the program listen on another port, and declare that one',
        }),
    );
  });

/** M101-selector-mismatch: Kubernetes refuses a workload whose selector does not select its own pods. */
export const deploymentSelector: Rule = (analysis) =>
  [...analysis.of('Deployment'), ...analysis.of('StatefulSet'), ...analysis.of('DaemonSet')].flatMap(
    (owner) => {
      const { matchLabels } = owner.spec.selector;
      const { labels } = owner.spec.template.metadata;
      if (selects(matchLabels, labels)) return [];
      return [
        diagnose(owner, ['spec', 'selector'], {
          code: 'M101-selector-mismatch',
          message: `the selector (${labelText(matchLabels)}) does not select the pods of its own template (${labelText(labels)})`,
          fix: 'give `spec.selector.matchLabels` and `spec.template.metadata.labels` the same labels',
        }),
      ];
    },
  );

const probes = ['readinessProbe', 'livenessProbe', 'startupProbe'] as const;
const actions = ['httpGet', 'tcpSocket'] as const;

/** M101-probe-port: a probe of a port by a name that its container does not declare never passes. */
export const probePort: Rule = (analysis) =>
  podOwners(analysis.resources).flatMap((owner) =>
    owner.spec.template.spec.containers.flatMap((container, index) =>
      probes.flatMap((probe) =>
        actions.flatMap((action) => {
          const port = container[probe]?.[action]?.port;
          const path = ['spec', 'template', 'spec', 'containers', index, probe, action, 'port'];
          // A number need not be declared.
          return typeof port !== 'string' || declares(container, port)
            ? []
            : [undeclared({ owner, container, port, path })];
        }),
      ),
    ),
  );

function declares({ ports }: Container, port: string): boolean {
  return ports.some(({ name }) => port === name);
}

interface Undeclared {
  readonly owner: PodOwner;
  readonly container: Container;
  readonly port: string;
  readonly path: YamlPath;
}

function undeclared({ owner, container, port, path }: Undeclared): Diagnostic {
  const names = container.ports.map(({ name, containerPort }) => name ?? String(containerPort));
  return diagnose(owner, path, {
    severity: 'error',
    code: 'M101-probe-port',
    message: `container \`${container.name}\` declares no port \`${port}\`, so the probe would never pass`,
    fix: names.length === 0 ? "declare the port under the container's `ports`" : didYouMean(port, names),
  });
}

/** M101-service-account: pods whose ServiceAccount is missing are never created. `default` is in every namespace. */
export const serviceAccountReference: Rule = (analysis) =>
  podOwners(analysis.resources).flatMap((owner) => {
    const { namespace } = owner.metadata;
    const pod = owner.spec.template.spec;
    const name = pod.serviceAccountName ?? pod.serviceAccount ?? 'default';
    if (name === 'default' || analysis.get('ServiceAccount', { name, namespace })) return [];
    const field = pod.serviceAccountName === undefined ? 'serviceAccount' : 'serviceAccountName';
    const accounts = analysis.within('ServiceAccount', namespace);
    return [
      diagnose(owner, ['spec', 'template', 'spec', field], {
        code: 'M101-service-account',
        message: `ServiceAccount \`${name}\` not found in namespace \`${namespace}\``,
        fix: didYouMean(name, [...accounts.map(({ metadata }) => metadata.name), 'default']),
      }),
    ];
  });

/** M101-missing-claim: pods that mount a PersistentVolumeClaim which does not exist wait for it for ever. */
export const claimReference: Rule = (analysis) =>
  podOwners(analysis.resources).flatMap((owner) => {
    const { namespace } = owner.metadata;
    return owner.spec.template.spec.volumes.flatMap(({ persistentVolumeClaim: claim }, index) => {
      if (!claim || analysis.get('PersistentVolumeClaim', { name: claim.claimName, namespace })) return [];
      const own = analysis.within('PersistentVolumeClaim', namespace);
      const match = nearest(
        claim.claimName,
        own.map(({ metadata }) => metadata.name),
      );
      const path = ['spec', 'template', 'spec', 'volumes', index, 'persistentVolumeClaim', 'claimName'];
      return [
        diagnose(owner, path, {
          code: 'M101-missing-claim',
          message: `PersistentVolumeClaim \`${claim.claimName}\` not found in namespace \`${namespace}\``,
          fix:
            match === undefined
              ? `add a PersistentVolumeClaim \`${claim.claimName}\``
              : `did you mean \`${match}\`?`,
        }),
      ];
    });
  });
