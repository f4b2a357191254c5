import { selects } from '#mesh/istiod/config/build/input.ts';
import { ingressOf, sidecarFor } from '#mesh/istiod/config/build/sidecars.ts';
import type { Container } from '#mesh/istiod/config/schema/kubernetes/container.ts';
import { ofKind, type Pod, type Resource } from '#mesh/istiod/config/schema/resource.ts';
import type { PodPort } from '#mesh/istiod/model/pod.ts';
import { environmentOf, expand } from '#mesh/kubelet/pods/environment.ts';
import { findImage, type ImageTable } from '#mesh/kubelet/pods/images.ts';
import { startedContainers } from '#mesh/kubelet/pods/plan-pod.ts';
import { probesOf } from '#mesh/kubelet/pods/probe-loop.ts';

export interface NeededPort {
  readonly port: number;
  readonly name?: string;
}

export interface NeededPortsInput {
  readonly pod: Pod;
  readonly resources: readonly Resource[];
  readonly images: ImageTable;
}

/**
 * The ports that a pod needs: declared ones first, then those of its programs, since nobody must declare a port, then
 * those that Services, Sidecars and probes name by number. Each gets a local port, so that no two pods collide.
 */
export function neededPorts(input: NeededPortsInput): NeededPort[] {
  const containers = startedContainers(input.pod);
  const needed = new Map<number, string | undefined>();
  for (const { containerPort, name, protocol } of containers.flatMap(({ ports }) => ports)) {
    if (protocol === 'TCP') needed.set(containerPort, name);
  }
  const programs = containers.map((container) => programPorts(container, input));
  const others = [
    ...programs.flatMap(({ chosen }) => chosen),
    ...targetPorts(input),
    ...ingressPorts(input),
    ...containers.flatMap(probedPorts),
    ...programs.flatMap(({ usual }) => usual),
  ];
  for (const port of others) {
    if (!needed.has(port)) needed.set(port, undefined);
  }
  return [...needed].map(([port, name]) => (name === undefined ? { port } : { port, name }));
}

/** Where the image's program will listen: at the ports that the manifest chooses for it, or else at its usual one. */
function programPorts(
  container: Container,
  input: NeededPortsInput,
): { readonly chosen: readonly number[]; readonly usual: readonly number[] } {
  const { ports, env: own } = findImage(input.images, container.image) ?? {};
  if (!ports) return { chosen: [], usual: [] };
  const env = { ...own, ...environmentOf({ container, ...surroundings(input) }) };
  const words = [...container.command, ...container.args].map((part) => expand(part, env)).join(' ');
  const named = portsIn(ports.arguments?.exec(words)?.[0]);
  const chosen = named.length > 0 ? named : portsIn(ports.variable && env[ports.variable]);
  return { chosen, usual: chosen.length > 0 ? [] : [ports.default] };
}

/** The pod has no address yet, and none of its ports depends on it. */
function surroundings({ pod: { metadata, spec }, resources }: NeededPortsInput) {
  const { name, namespace, labels, annotations } = metadata;
  const pod = {
    ...{ name, namespace, labels, annotations, uid: '', address: '' },
    serviceAccount: spec.serviceAccountName ?? spec.serviceAccount ?? 'default',
  };
  return { resources, pod, serviceVariables: {} };
}

function portsIn(text = ''): number[] {
  return (text.match(/\d+/g) ?? []).map(Number).filter((port) => port >= 1 && port <= 65_535);
}

function targetPorts({ pod, resources }: NeededPortsInput): number[] {
  const { labels } = pod.metadata;
  return ofKind(resources, 'Service')
    .filter((service) => service.metadata.namespace === pod.metadata.namespace)
    .filter(({ spec: { selector } }) => Object.keys(selector).length > 0 && selects(selector, labels))
    .flatMap((service) => service.spec.ports.map(({ targetPort, port }) => targetPort ?? port))
    .filter((port) => typeof port === 'number');
}

/** What a Sidecar takes connections at, and where it leads them. */
function ingressPorts({ pod: { metadata }, resources }: NeededPortsInput): number[] {
  const sidecar = sidecarFor(ofKind(resources, 'Sidecar'), metadata);
  const listeners = (sidecar && ingressOf(sidecar)) ?? [];
  return listeners.flatMap(({ containerPort, to }) => [containerPort, to]).filter((port) => port > 0);
}

function probedPorts(container: Container): number[] {
  return Object.values(probesOf(container))
    .map(({ httpGet, tcpSocket, grpc }) => (httpGet ?? tcpSocket ?? grpc)?.port)
    .filter((port) => typeof port === 'number');
}

interface Leasing {
  readonly injected: boolean;
  readonly lease: () => Promise<number>;
}

/** A local port for each; with a sidecar a second one, at which its Envoy listens. */
export async function leasePorts(
  needed: readonly NeededPort[],
  { injected, lease }: Leasing,
): Promise<PodPort[]> {
  const leased: PodPort[] = [];
  for (const { port, name } of needed) {
    const appPort = await lease();
    const inboundPort = injected ? await lease() : appPort;
    leased.push({ containerPort: port, appPort, inboundPort, ...(name === undefined ? {} : { name }) });
  }
  return leased;
}

const LAST = 255 * 254;

/**
 * Addresses for pods, from 10.244.0.0/16, which many clusters give to theirs. Nothing is bound to them: the Envoys
 * know which local ports stand for them. Addresses go up, so that one does not soon mean another pod.
 */
export class PodAddresses {
  readonly #leased = new Set<string>();
  #last = 0;

  lease(): string {
    for (let tries = 0; tries < LAST; tries += 1) {
      this.#last = (this.#last % LAST) + 1;
      const address = addressOf(this.#last);
      if (!this.#leased.has(address)) {
        this.#leased.add(address);
        return address;
      }
    }
    throw new Error(`no address is left for another pod: ${LAST} are in use`);
  }

  release(address: string): void {
    this.#leased.delete(address);
  }
}

/** 10.244.0.1 to 10.244.254.254. */
function addressOf(index: number): string {
  return `10.244.${Math.floor((index - 1) / 254)}.${((index - 1) % 254) + 1}`;
}
