import { rulesOfGateway, rulesOfPod } from '#mesh/console/graph/rules.ts';
import { ConsoleError } from '#mesh/console/server/answers.ts';
import type { Mesh, Proxy as MeshProxy } from '#mesh/istiod/model/mesh.ts';
import type { Pod } from '#mesh/istiod/model/pod.ts';
import type { Service } from '#mesh/istiod/model/service.ts';

/** A sentence, with what it is about. */
interface Sentence {
  readonly about: string;
  readonly text: string;
}

export interface EnvoyInWords {
  readonly listens: readonly Sentence[];
  readonly routes: readonly Sentence[];
  readonly reaches: readonly Sentence[];
}

/**
 * What the Envoy of a pod does: where it listens, where it sends what, and whom it can reach.
 *
 * @param key `name.namespace`
 */
export function envoyInWords(mesh: Mesh, key: string): EnvoyInWords {
  const proxy = proxyOf(mesh, key);
  if (!proxy) throw new ConsoleError(404, `pod ${key} has no Envoy that the mesh knows`);
  const { services } = mesh.views?.[key] ?? mesh;
  return {
    listens: proxy.role === 'gateway' ? gatewayListens(proxy.gateway) : podListens(mesh, proxy.pod),
    routes: routesInWords(mesh, proxy),
    reaches: services.flatMap(clustersInWords),
  };
}

function proxyOf(
  { pods, gateways }: Mesh,
  key: string,
): Exclude<MeshProxy, { role: 'kube-proxy' }> | undefined {
  const gateway = gateways.find(({ name, namespace }) => `${name}.${namespace}` === key);
  if (gateway) return { role: 'gateway', gateway };
  const pod = pods.find(({ name, namespace }) => `${name}.${namespace}` === key);
  return pod?.sidecar && { role: 'sidecar', pod, sidecar: pod.sidecar };
}

type Gateway = Mesh['gateways'][number];

function gatewayListens({ servers }: Gateway): Sentence[] {
  if (servers.length === 0)
    return [{ about: 'nothing', text: 'No Gateway asks for a port, so it does not listen.' }];
  return servers.map(({ port, localPort, address = '127.0.0.1', protocol, virtualHosts }) => {
    const hosts = virtualHosts.map(({ host }) => host).join(', ');
    const text = `takes ${protocol} at ${address}:${localPort}${hosts ? `, for ${hosts}` : ''}`;
    return { about: `port ${port}`, text };
  });
}

const modes = {
  STRICT: 'over mutual TLS only',
  PERMISSIVE: 'over mutual TLS and in plain text',
  DISABLE: 'in plain text only',
};

function isGuarded(policies: NonNullable<Mesh['policies']>[string] | undefined): boolean {
  return policies !== undefined && (policies.authorization.length > 0 || policies.external !== undefined);
}

function podListens({ peerAuthentication, policies }: Mesh, pod: Pod): Sentence[] {
  const key = `${pod.name}.${pod.namespace}`;
  const { mode = 'PERMISSIVE', portLevel = {} } = peerAuthentication[key] ?? {};
  const inbound = pod.ports.map(({ containerPort, inboundPort, appPort }) => ({
    about: `port ${containerPort}`,
    text: `takes requests at 127.0.0.1:${inboundPort} ${modes[portLevel[containerPort] ?? mode]}${
      isGuarded(policies?.[key]) ? ', lets through what the policies allow' : ''
    }, and hands them to the program at ${appPort}`,
  }));
  const { outboundPort, tcpPorts = {} } = pod.sidecar ?? { outboundPort: 0 };
  const outbound = {
    about: 'outbound',
    text: `takes what the program asks for at 127.0.0.1:${outboundPort}`,
  };
  const tcp = Object.entries(tcpPorts).map(([host, port]) => ({
    about: host,
    text: `the program's connections enter at 127.0.0.1:${port}`,
  }));
  return [...inbound, outbound, ...tcp];
}

function routesInWords(mesh: Mesh, proxy: Exclude<MeshProxy, { role: 'kube-proxy' }>): Sentence[] {
  const rules = proxy.role === 'gateway' ? rulesOfGateway(proxy.gateway) : rulesOfPod(mesh, proxy.pod);
  return rules.map(({ host, when, destinations, marks, mirrors }) => {
    const targets = destinations.map(
      ({ service, subset, share }) =>
        `${share < 100 ? `${Math.round(share * 10) / 10} % to ` : ''}${short(service)}${subset ? ` ${subset}` : ''}`,
    );
    const copies = mirrors.map(({ service, percentage }) => `a copy of ${percentage} % to ${short(service)}`);
    const extras = [...marks.map(({ text }) => text), ...copies];
    return {
      about: short(host),
      text: `${when ? `if ${when}: ` : ''}${targets.join(', ')}${extras.length > 0 ? `; ${extras.join('; ')}` : ''}`,
    };
  });
}

function clustersInWords({ host, location, ports, subsets, endpoints }: Service): Sentence[] {
  const names = ['', ...subsets.map(({ name }) => name)];
  return names.map((name) => {
    const labels = subsets.find((subset) => subset.name === name)?.labels ?? {};
    const own = endpoints.filter((endpoint) =>
      Object.entries(labels).every(([key, value]) => endpoint.labels[key] === value),
    );
    const ready = own.filter((endpoint) => endpoint.ready);
    const tls = ready.some(({ mutualTls }) => mutualTls) ? 'mutual TLS' : 'plain text';
    const where =
      location === 'MESH_EXTERNAL' ? 'outside' : `${ready.length} of ${own.length} endpoints ready, ${tls}`;
    return {
      about: `${short(host)}${name ? ` ${name}` : ''}`,
      text: `${where}; ports ${ports.map(({ number, protocol }) => `${number} ${protocol}`).join(', ')}`,
    };
  });
}

function short(host: string): string {
  return host.replace(/\.svc\.cluster\.local$/, '').replace(/\.default$/, '');
}
