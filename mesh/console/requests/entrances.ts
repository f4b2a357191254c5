import type { z } from 'zod';
import type { Entrance, sendShape } from '#mesh/console/requests/send.ts';
import { ConsoleError } from '#mesh/console/server/answers.ts';
import { proxyOfPod } from '#mesh/istiod/explain/config-of.ts';
import { explain } from '#mesh/istiod/explain/explain.ts';
import { requestFor, type SimulatedRequest } from '#mesh/istiod/explain/request.ts';
import { stepsOf } from '#mesh/istiod/explain/steps.ts';
import type { GatewayServer } from '#mesh/istiod/model/gateway.ts';
import type { Mesh, Proxy as MeshProxy } from '#mesh/istiod/model/mesh.ts';
import type { Pod } from '#mesh/istiod/model/pod.ts';

/** Who can send: the outside, through a gateway's port, or a pod with a sidecar. */
export interface Sender {
  readonly id: string;
  readonly name: string;
  /** The host that is asked where nothing else is said. */
  readonly url: string;
}

/** From a gateway's port to the local one that is bound. */
export type GatewayPorts = ReadonlyMap<number, number>;

export function senders(mesh: Mesh, ports: GatewayPorts): readonly Sender[] {
  const open = mesh.gateways.flatMap(({ servers }) => servers).filter(({ protocol }) => protocol === 'HTTP');
  const outside = [...new Map(open.map((server) => [server.port, server]))].map(([port, server]) => ({
    id: `outside:${port}`,
    name: port === 80 ? 'outside, through the gateway' : `outside, through the gateway's port ${port}`,
    url: `http://localhost:${ports.get(port) ?? server.localPort}${openPath(server)}`,
  }));
  const pods = mesh.pods.filter(({ sidecar }) => sidecar !== undefined);
  return [
    ...outside,
    ...pods.map((pod) => ({ id: idOf(pod), name: `pod ${pod.name}`, url: neighbour(mesh, pod) })),
  ];
}

/** A path that the gateway leads somewhere, so that the first request gets an answer. */
function openPath({ virtualHosts }: GatewayServer): string {
  const uri = virtualHosts[0]?.routes[0]?.match.uri;
  if (uri && 'exact' in uri) return uri.exact;
  return uri && 'prefix' in uri ? uri.prefix : '/';
}

function idOf({ name, namespace }: Pod): string {
  return `${name}.${namespace}`;
}

/** A service of the same namespace that is not the pod's own. */
function neighbour({ services }: Mesh, { namespace, labels }: Pod): string {
  const other = services.find(
    (service) =>
      service.namespace === namespace &&
      service.name !== labels['app'] &&
      service.ports.some(({ protocol }) => protocol === 'HTTP'),
  );
  const port = other?.ports.find(({ protocol }) => protocol === 'HTTP')?.number ?? 80;
  return other ? `http://${other.name}${port === 80 ? '' : `:${port}`}/` : 'http://localhost/';
}

/**
 * Where a sender's requests enter the mesh.
 * @throws ConsoleError
 */
export function entranceOf(mesh: Mesh, ports: GatewayPorts, from: string): Entrance {
  const port = gatewayPortOf(from);
  if (port !== undefined) {
    const local = ports.get(port);
    if (local === undefined) throw new ConsoleError(409, `the gateway has no port ${port}`);
    return { port: local, isProxy: false };
  }
  const pod = podOf(mesh, from);
  if (!pod.sidecar) throw new ConsoleError(409, `pod ${pod.name} has no sidecar through which to send`);
  return { port: pod.sidecar.outboundPort, isProxy: true };
}

function gatewayPortOf(from: string): number | undefined {
  const port = /^outside:(\d+)$/.exec(from)?.[1];
  return port === undefined ? undefined : Number(port);
}

function podOf({ pods }: Mesh, from: string): Pod {
  const pod = pods.find((one) => idOf(one) === from);
  if (!pod) throw new ConsoleError(404, `pod ${from} is gone; choose another sender`);
  return pod;
}

/** What becomes of such a request, step by step. */
export function explained(
  mesh: Mesh,
  wish: Pick<z.infer<typeof sendShape>, 'from' | 'method' | 'url' | 'headers'>,
) {
  const port = gatewayPortOf(wish.from);
  const asked = requestFor(wish.url, { method: wish.method, headers: Object.fromEntries(wish.headers) });
  const { host, ...headers } = asked.headers;
  const named = host ? { ...asked, host: host.replace(/:\d+$/, ''), headers } : asked;
  const request: SimulatedRequest = port === undefined ? named : { ...named, port };
  const explanation = explain({ mesh, proxy: proxyOf(mesh, wish.from, port), request });
  return { proxy: explanation.proxy, answer: explanation.answer, steps: stepsOf(explanation) };
}

function proxyOf(mesh: Mesh, from: string, port: number | undefined): MeshProxy {
  if (port === undefined) return proxyOfPod(mesh, podOf(mesh, from));
  const gateway = mesh.gateways.find(({ servers }) => servers.some((server) => server.port === port));
  if (!gateway)
    throw new ConsoleError(409, `nothing listens at the gateway's port ${port} yet: apply a Gateway`);
  return { role: 'gateway', gateway };
}
