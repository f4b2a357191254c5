import { selects } from '#mesh/istiod/config/build/input.ts';
import { selectProtocol } from '#mesh/istiod/config/build/protocol.ts';
import type { Container } from '#mesh/istiod/config/schema/kubernetes/container.ts';
import { ofKind, type Pod, type Resource } from '#mesh/istiod/config/schema/resource.ts';
import { probesOf } from '#mesh/kubelet/pods/probe-loop.ts';

/** A stand-in's protocol at a port; with `any`, the first bytes of each connection decide. */
export type PortProtocol = 'http' | 'h2c' | 'grpc' | 'tcp' | 'any';

/** Protocols that stand-ins do not speak: their clients wait for a greeting, or for an answer in that protocol. */
const FOREIGN = /^(?:mysql|mongo|redis|postgres|postgresql|amqp|kafka|https|tls)(?:-|$)/;

interface Naming {
  readonly name?: string | undefined;
  readonly appProtocol?: string | undefined;
}

export interface SpokenPort {
  readonly number: number;
  readonly protocol: PortProtocol;
  /** Why a stand-in cannot be taken for the real program there, as a sentence's end. */
  readonly doubt?: string;
}

export interface SpokenPortsInput {
  readonly pod: Pick<Pod, 'metadata'>;
  readonly containers: readonly Container[];
  readonly resources: readonly Resource[];
}

/** What is spoken at a port of a pod: as its Services say, else as its own name does, else as its probes ask. */
export function spokenAt(port: number, input: SpokenPortsInput): SpokenPort {
  const own = input.containers
    .flatMap(({ ports }) => ports)
    .find(({ containerPort }) => containerPort === port);
  const namings: Naming[] = [...servicePorts(port, own?.name, input), ...(own ? [own] : [])];
  const said = [...new Set(namings.flatMap((naming) => protocolOf(naming) ?? []))];
  const foreign = namings.find(({ name = '', appProtocol = '' }) => FOREIGN.test(appProtocol || name));
  if (foreign) {
    const called = foreign.appProtocol || foreign.name;
    return {
      number: port,
      protocol: 'tcp',
      doubt: `is called ${called}, which a stand-in does not speak: it sends back the bytes that come`,
    };
  }
  if (said.length > 1) {
    return {
      number: port,
      protocol: 'any',
      doubt: `is ${said.join(' to one Service, ')} to another: the first bytes of a connection decide`,
    };
  }
  const protocol = said[0] ?? probed(port, input.containers);
  if (protocol) return { number: port, protocol };
  return {
    number: port,
    protocol: 'any',
    doubt: 'has no name that says its protocol: the first bytes of a connection decide',
  };
}

function servicePorts(
  port: number,
  name: string | undefined,
  { pod, resources }: SpokenPortsInput,
): Naming[] {
  return ofKind(resources, 'Service')
    .filter(({ metadata }) => metadata.namespace === pod.metadata.namespace)
    .filter(
      ({ spec }) => Object.keys(spec.selector).length > 0 && selects(spec.selector, pod.metadata.labels),
    )
    .flatMap(({ spec }) => spec.ports)
    .filter(({ targetPort, port: own }) => {
      const target = targetPort ?? own;
      return target === port || (name !== undefined && target === name);
    });
}

/** Undefined if the name says nothing; elsewhere, everything unknown counts as TCP. */
function protocolOf({ name, appProtocol }: Naming): PortProtocol | undefined {
  // Kubernetes' own `protocol` says only that it is TCP beneath.
  switch (selectProtocol({ name, appProtocol })) {
    case 'HTTP':
      return 'http';
    case 'HTTP2':
      return 'h2c';
    case 'GRPC':
      return 'grpc';
    case 'TCP':
      return /^tcp(?:-|$)/.test(appProtocol ?? name ?? '') ? 'tcp' : undefined;
    default:
      return undefined;
  }
}

function probed(port: number, containers: readonly Container[]): PortProtocol | undefined {
  const probes = containers.flatMap((container) => Object.values(probesOf(container)));
  if (probes.some(({ httpGet }) => httpGet?.port === port)) return 'http';
  return probes.some(({ grpc }) => grpc?.port === port) ? 'grpc' : undefined;
}
