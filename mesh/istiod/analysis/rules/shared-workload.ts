import { type Diagnostic, formatPosition } from '#mesh/diagnostic.ts';
import { namedProtocol, type Workload } from '#mesh/istiod/analysis/registry.ts';
import { type Analysis, diagnose, duplicates, type Rule } from '#mesh/istiod/analysis/rule.ts';
import type { YamlPath } from '#mesh/istiod/config/load/document.ts';
import type { Service } from '#mesh/istiod/config/schema/resource.ts';

/**
 * IST0137: two Services, or one, lead to one port of a workload's pods under different port numbers; IST0116: under one
 * number, but with different protocols.
 */
export const sharedWorkload: Rule = (analysis) =>
  [...portsByWorkload(analysis)].flatMap(([workload, ports]) =>
    duplicates(ports, ({ target }) => target).flatMap(([port, earlier]) =>
      disagreement(workload, port, earlier),
    ),
  );

interface LeadingPort {
  readonly service: Service;
  readonly path: YamlPath;
  readonly number: number;
  readonly protocol: string | undefined;
  readonly target: string;
}

function portsByWorkload(analysis: Analysis): ReadonlyMap<Workload, readonly LeadingPort[]> {
  const ports = new Map<Workload, LeadingPort[]>();
  for (const service of analysis.of('Service')) {
    const { selector } = service.spec;
    for (const workload of analysis.workloads.selectedBy(selector, service.metadata.namespace)) {
      const leading = ports.get(workload) ?? [];
      leading.push(...portsOf(service));
      ports.set(workload, leading);
    }
  }
  return ports;
}

function portsOf(service: Service): readonly LeadingPort[] {
  return service.spec.ports.map((port, index) => ({
    service,
    path: ['spec', 'ports', index],
    number: port.port,
    protocol: namedProtocol(port),
    target: String(port.targetPort ?? port.port),
  }));
}

function disagreement(workload: Workload, port: LeadingPort, earlier: LeadingPort): readonly Diagnostic[] {
  const pods = `of ${workload.kind} \`${workload.metadata.name}\``;
  const where = formatPosition(earlier.service.document.at(earlier.path));
  const other =
    port.service === earlier.service ? where : `Service \`${earlier.service.metadata.name}\` (${where})`;
  if (port.number !== earlier.number) {
    const message = `port ${port.target} ${pods} is port ${port.number} here and port ${earlier.number} in ${other}`;
    const fix = 'give both the same port number, or the pods a port for each';
    return [
      diagnose(port.service, [...port.path, 'port'], { severity: 'warning', code: 'IST0137', message, fix }),
    ];
  }
  if (!port.protocol || !earlier.protocol || port.protocol === earlier.protocol) return [];
  const message = `port ${port.number} ${pods} speaks ${port.protocol} here and ${earlier.protocol} in ${other}`;
  const fix = 'name both ports after the same protocol';
  return [diagnose(port.service, port.path, { severity: 'warning', code: 'IST0116', message, fix })];
}
