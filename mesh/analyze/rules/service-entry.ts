import { isIP } from 'node:net';
import { duplicates } from '#mesh/analyze/duplicates.ts';
import { diagnose, type Problem, type Rule } from '#mesh/analyze/rule.ts';
import type { Diagnostic } from '#mesh/diagnostic.ts';
import type { YamlPath } from '#mesh/load/document.ts';
import { didYouMean } from '#mesh/schema/nearest.ts';
import type { ServiceEntry } from '#mesh/schema/resource.ts';

const protocols = [
  'HTTP',
  'HTTPS',
  'GRPC',
  'GRPC-WEB',
  'HTTP2',
  'MONGO',
  'TCP',
  'TLS',
  'UDP',
  'REDIS',
  'MYSQL',
];

/** IST0106: what Istio's own validation refuses about a ServiceEntry. */
export const serviceEntry: Rule = (analysis) =>
  analysis
    .of('ServiceEntry')
    .flatMap((entry) => [...portProblems(entry), ...endpointProblems(entry), ...resolutionProblems(entry)]);

function portProblems(entry: ServiceEntry): readonly Diagnostic[] {
  const ports = entry.spec.ports.map((port, index) => ({ ...port, path: ['spec', 'ports', index] }));
  const sameNumber = duplicates(ports, ({ number }) => String(number)).map(([{ number, path }]) =>
    invalid(entry, [...path, 'number'], {
      message: `port ${number} is declared twice`,
      fix: 'remove one of the two',
    }),
  );
  const sameName = duplicates(ports, ({ name }) => name).map(([{ name, path }]) =>
    invalid(entry, [...path, 'name'], {
      message: `two ports are named \`${name}\``,
      fix: 'give each its own name',
    }),
  );
  const unknown = ports
    .filter(({ protocol }) => !protocols.includes(protocol.toUpperCase()))
    .map(({ protocol, path }) =>
      invalid(entry, [...path, 'protocol'], {
        message: `unknown protocol \`${protocol}\``,
        fix: didYouMean(protocol, protocols),
      }),
    );
  return [...sameNumber, ...sameName, ...unknown];
}

function endpointProblems(entry: ServiceEntry): readonly Diagnostic[] {
  const names = entry.spec.ports.map(({ name }) => name);
  return entry.spec.endpoints.flatMap(({ address, ports }, index) => {
    const path = ['spec', 'endpoints', index];
    const unknown = Object.keys(ports).filter((name) => !names.includes(name));
    const wrongPorts = unknown.map((name) =>
      invalid(entry, [...path, 'ports', name], {
        message: `the entry has no port named \`${name}\``,
        fix: didYouMean(name, names),
      }),
    );
    if (entry.spec.resolution !== 'STATIC' || isIP(address) !== 0 || address.startsWith('unix://'))
      return wrongPorts;
    const message = `resolution STATIC needs IP addresses, and \`${address}\` is none`;
    return [...wrongPorts, invalid(entry, [...path, 'address'], { message, fix: 'write `resolution: DNS`' })];
  });
}

function resolutionProblems(entry: ServiceEntry): readonly Diagnostic[] {
  const { resolution, endpoints, hosts } = entry.spec;
  const path = ['spec', 'resolution'];
  if (resolution === 'NONE' && endpoints.length > 0) {
    return [
      invalid(entry, path, {
        message: 'resolution NONE cannot have endpoints',
        fix: 'write `resolution: STATIC` (addresses) or `DNS` (names)',
      }),
    ];
  }
  if ('workloadSelector' in entry.spec && endpoints.length > 0) {
    const message = 'an entry has either `workloadSelector` or `endpoints`';
    return [invalid(entry, ['spec', 'endpoints'], { message, fix: 'remove one of the two' })];
  }
  const wildcard = hosts.find((host) => host.startsWith('*'));
  if (!resolution.startsWith('DNS') || wildcard === undefined || endpoints.length > 0) return [];
  const message = `resolution ${resolution} cannot look up \`${wildcard}\``;
  return [invalid(entry, path, { message, fix: 'write `resolution: NONE`, or name the hosts one by one' })];
}

function invalid(entry: ServiceEntry, path: YamlPath, problem: Pick<Problem, 'message' | 'fix'>): Diagnostic {
  return diagnose(entry, path, { code: 'IST0106', ...problem });
}
