import { type Diagnostic, formatPosition } from '#mesh/diagnostic.ts';
import { labelText, namedProtocol, type Workload } from '#mesh/istiod/analysis/registry.ts';
import { diagnose, duplicates, type Rule } from '#mesh/istiod/analysis/rule.ts';
import { selectedEntries } from '#mesh/istiod/config/build/workload-entries.ts';
import { valueAt } from '#mesh/istiod/config/schema/field-path.ts';
import type { Service } from '#mesh/istiod/config/schema/resource.ts';
import { didYouMean, useOneOf } from '#mesh/nearest.ts';

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
      fix: 'give each port a different name',
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
  return duplicates(ports, key).flatMap(([{ service, index, nodePort }, earlier]) => {
    // Within one Service the API server refuses it; the gateway's own has it where a well-known port has moved.
    if (earlier.service === service) return [];
    const where = formatPosition(earlier.service.document.at(['spec', 'ports', earlier.index, 'nodePort']));
    return diagnose(service, ['spec', 'ports', index, 'nodePort'], {
      code: 'M101-duplicate-port',
      message: `nodePort ${nodePort} is taken by Service \`${earlier.service.metadata.name}\` (${where})`,
      fix: 'choose another nodePort, or leave it out',
    });
  });
}

/** M101-no-pods: a Service that selects no pod, and no WorkloadEntry, answers 503. A Service without selector is left alone. */
export const serviceSelector: Rule = (analysis) =>
  analysis.of('Service').flatMap((service) => {
    const { selector } = service.spec;
    const { namespace } = service.metadata;
    if (Object.keys(selector).length === 0 || service.spec.type === 'ExternalName') return [];
    if (analysis.workloads.selectedBy(selector, namespace).length > 0) return [];
    if (selectedEntries(analysis.of('WorkloadEntry'), { selector, namespace }).length > 0) return [];
    const wrong = Object.entries(selector).find((label) => !analysis.workloads.isLabel(label, namespace));
    const match = wrong && analysis.workloads.nearestValue(wrong, namespace);
    return [
      diagnose(service, ['spec', 'selector'], {
        severity: 'warning',
        code: 'M101-no-pods',
        message: `the selector (${labelText(selector)}) selects no pod, so requests to the Service get 503`,
        fix:
          match === undefined
            ? 'apply a Deployment whose pods have these labels'
            : `did you mean \`${wrong?.[0]}: ${match}\`?`,
      }),
    ];
  });

/**
 * M101-target-port: a Service's port leads to a port that its pods do not declare. A name must be declared. A number need
 * not, but where others are declared it is probably a slip.
 */
export const targetPort: Rule = (analysis) =>
  analysis.of('Service').flatMap((service) => {
    const workloads = analysis.workloads.selectedBy(service.spec.selector, service.metadata.namespace);
    return service.spec.ports.flatMap(({ port, targetPort: target = port }, index) =>
      workloads
        .filter((workload) => !declares(workload, target))
        .map((workload) =>
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
              message: `${podsOf(workload)} no port ${typeof target === 'string' ? `named \`${target}\`` : target}`,
              fix:
                typeof target === 'string'
                  ? didYouMean(target, portsOf(workload))
                  : useOneOf(portsOf(workload)),
            },
          ),
        ),
    );
  });

function podsOf({ kind, metadata: { name } }: Workload): string {
  return kind === 'Pod' ? `Pod \`${name}\` declares` : `the pods of ${kind} \`${name}\` declare`;
}

function declares(workload: Workload, target: string | number): boolean {
  const ports = allPorts(workload);
  if (typeof target === 'number' && ports.length === 0) return true;
  return ports.some(({ name, containerPort }) => target === name || target === containerPort);
}

function portsOf(workload: Workload): readonly string[] {
  return allPorts(workload).map(({ name, containerPort }) => name ?? String(containerPort));
}

function allPorts({ spec }: Workload) {
  return spec.template.spec.containers.flatMap(({ ports }) => ports);
}

/** IST0118: Istio selects the protocol by the port's name, and has to guess it from others. */
export const portName: Rule = (analysis) =>
  analysis.of('Service').flatMap((service) =>
    service.spec.ports.flatMap((servicePort, index) => {
      const { name, port, protocol } = servicePort;
      if (protocol !== 'TCP' || namedProtocol(servicePort) !== undefined) return [];
      return [
        diagnose(service, ['spec', 'ports', index, ...(name === undefined ? [] : ['name'])], {
          severity: 'info',
          code: 'IST0118',
          message:
            name === undefined
              ? `port ${port} has no name, so the protocol is guessed`
              : `port name \`${name}\` (port ${port}) does not begin with a protocol, so the protocol is guessed`,
          fix: `name it after its protocol, such as \`${name === undefined ? 'http' : `http-${name}`}\`, or set \`appProtocol\``,
        }),
      ];
    }),
  );

/** IST0134: a port for connections of an entry without addresses, by which alone a sidecar could know them. */
export const serviceEntryAddresses: Rule = (analysis) =>
  analysis.of('ServiceEntry').flatMap((entry) => {
    if (valueAt(entry.document.value, ['spec', 'addresses']) !== undefined) return [];
    return entry.spec.ports.flatMap(({ number, protocol }, index) =>
      protocol === 'TCP'
        ? [
            diagnose(entry, ['spec', 'ports', index], {
              severity: 'warning',
              code: 'IST0134',
              message: `port ${number} carries TCP, which a sidecar recognizes only by its address, and the entry has no \`addresses\``,
              fix: 'add `addresses`, or name the protocol if it is HTTP or TLS',
            }),
          ]
        : [],
    );
  });
