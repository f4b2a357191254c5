import { hostMatches, resolveHost } from '#mesh/istiod/config/build/hosts.ts';
import { selects } from '#mesh/istiod/config/build/input.ts';
import { selectProtocol } from '#mesh/istiod/config/build/protocol.ts';
import type { VirtualService } from '#mesh/istiod/config/build/routes.ts';
import { hostsOf } from '#mesh/istiod/config/build/virtual-hosts.ts';
import type { Caller } from '#mesh/istiod/config/build/visibility.ts';
import { ROOT_NAMESPACE } from '#mesh/istiod/config/resources.ts';
import type { ResourceOf } from '#mesh/istiod/config/schema/resource.ts';
import type { IngressListener } from '#mesh/istiod/model/mesh.ts';
import { routesRequests, type Service } from '#mesh/istiod/model/service.ts';

export type Sidecar = ResourceOf<'Sidecar'>;
type Egress = Sidecar['spec']['egress'][number];

/**
 * The Sidecar that a workload follows: one that selects it, else that of its namespace, else that of the root namespace
 * (https://istio.io/latest/docs/reference/config/networking/sidecar/). @param sidecars the oldest first
 */
export function sidecarFor(sidecars: readonly Sidecar[], { namespace, labels }: Caller): Sidecar | undefined {
  const own = sidecars.filter(({ metadata }) => metadata.namespace === namespace);
  const general = ({ spec }: Sidecar) => !spec.workloadSelector;
  const selecting = ({ spec: { workloadSelector: selector } }: Sidecar) =>
    selector !== undefined && selects(selector.labels, labels);
  const ofRoot = ({ metadata }: Sidecar) => metadata.namespace === ROOT_NAMESPACE;
  return own.find(selecting) ?? own.find(general) ?? sidecars.filter(ofRoot).find(general);
}

/** What a Sidecar's ingress listeners take; undefined where it says nothing of them. Ports at Unix sockets are none of a pod's. */
export function ingressOf({ spec }: Sidecar): readonly IngressListener[] | undefined {
  if (spec.ingress.length === 0) return undefined;
  return spec.ingress.flatMap(({ port: { number: containerPort, protocol }, defaultEndpoint }) => {
    const to = defaultEndpoint === '' ? containerPort : Number(/:(\d+)$/.exec(defaultEndpoint)?.[1]);
    return Number.isNaN(to) ? [] : [{ containerPort, protocol: selectProtocol({ protocol }), to }];
  });
}

/** What is visible to a namespace, whether a Sidecar lets its workloads know it or not. */
export interface Visible {
  readonly namespace: string;
  readonly services: readonly Service[];
  readonly virtualServices: readonly VirtualService[];
}

/** What the workloads of a Sidecar know. */
export interface Known {
  /** Every service that their requests can reach. */
  readonly services: readonly Service[];
  /** What is routed, by listener: rules of one listener say nothing about the services of another. */
  readonly routed: readonly Pick<Visible, 'services' | 'virtualServices'>[];
}

const EVERYTHING: Egress = { hosts: ['*/*'] };

/** What a Sidecar's egress listeners let its workloads know of what they could see. */
export function knownThrough({ spec }: Sidecar, visible: Visible): Known {
  const listeners = spec.egress.length > 0 ? spec.egress : [EVERYTHING];
  const taken = new Set(listeners.flatMap(({ port }) => port?.number ?? []));
  const imported = listeners.map((listener) => imports(listener, visible));
  const named = merged(imported.flatMap(({ services }) => services));
  const names = new Set(named.map(({ host }) => host));
  const led = imported.flatMap((part) => destinations(part, visible)).filter(({ host }) => !names.has(host));
  return {
    services: [...named, ...merged(led)],
    routed: imported.map(({ services, virtualServices, port }) => ({
      virtualServices,
      services: port === undefined ? services.map((one) => without(one, taken)) : services,
    })),
  };
}

interface Imported extends Pick<Visible, 'services' | 'virtualServices'> {
  readonly port: number | undefined;
}

function imports({ port, hosts }: Egress, { namespace, services, virtualServices }: Visible): Imported {
  const wanted = hosts.map((text) => importedHost(text, namespace));
  const from = (own: string) => wanted.filter((one) => one.namespace === '*' || one.namespace === own);
  const found = services
    .filter((service) => from(service.namespace).some(({ host }) => hostMatches(host, service.host)))
    .flatMap((service) => (port ? atPort(service, port.number) : service));
  const routes = virtualServices.filter((one) =>
    from(one.metadata.namespace).some(({ host }) => hostsOf(one).some((name) => overlap(host, name))),
  );
  return { port: port?.number, services: onePerHost(found, namespace), virtualServices: routes };
}

/** `.` is the workload's namespace, `~` none. */
function importedHost(text: string, own: string): { readonly namespace: string; readonly host: string } {
  const slash = text.indexOf('/');
  const namespace = text.slice(0, slash);
  return { namespace: namespace === '.' ? own : namespace, host: text.slice(slash + 1) };
}

function overlap(one: string, other: string): boolean {
  return hostMatches(one, other) || hostMatches(other, one);
}

/** Of the services that several namespaces have for a host, the workload's own, else the first. */
function onePerHost(services: readonly Service[], namespace: string): readonly Service[] {
  return [...Map.groupBy(services, ({ host }) => host).values()].flatMap(
    (same) => same.find((one) => one.namespace === namespace) ?? same[0] ?? [],
  );
}

function atPort(service: Service, wanted: number): Service[] {
  const ports = service.ports.filter(({ number }) => number === wanted);
  return ports.length > 0 ? [{ ...service, ports }] : [];
}

/** The listener for all other ports leaves those that have one of their own; connections are told apart by address as well. */
function without(service: Service, taken: ReadonlySet<number>): Service {
  const ports = service.ports.filter(
    ({ number, protocol }) => !taken.has(number) || !routesRequests(protocol),
  );
  return { ...service, ports };
}

/** One service for each host, with the ports that any listener has of it. */
function merged(services: readonly Service[]): readonly Service[] {
  return [...Map.groupBy(services, ({ host }) => host).values()].flatMap(([first, ...others]) => {
    if (!first || others.length === 0) return first ?? [];
    const all = [first, ...others.filter(({ namespace }) => namespace === first.namespace)];
    const ports = new Map(all.flatMap((one) => one.ports).map((port) => [port.number, port]));
    return { ...first, ports: [...ports.values()] };
  });
}

/**
 * Where the routes of a listener lead, which need not be hosts that it names. They are reached by these routes alone: a
 * request for the host itself is one for an unknown host.
 */
function destinations({ virtualServices, port }: Imported, { namespace, services }: Visible): Service[] {
  const byHost = Map.groupBy(services, ({ host }) => host);
  return virtualServices
    .flatMap((one) => destinationsOf(one, namespace))
    .flatMap(({ host, port: named }) => {
      const same = (byHost.get(host) ?? []).toSorted((a, b) => (a.namespace < b.namespace ? -1 : 1));
      const service = same.find((one) => one.namespace === namespace) ?? same[0];
      const wanted = port ?? named;
      if (!service) return [];
      const found = wanted === undefined ? [service] : atPort(service, wanted);
      return found.map((one) => ({ ...one, byRoutesAlone: true as const }));
    });
}

interface Led {
  readonly host: string;
  readonly port: number | undefined;
}

type Rule = VirtualService['spec']['http' | 'tcp' | 'tls'][number];

function destinationsOf({ spec, metadata }: VirtualService, namespace: string): Led[] {
  const rules: readonly Rule[] = [...spec.http, ...spec.tcp, ...spec.tls];
  return rules
    .filter((rule) => isFor(rule, namespace))
    .flatMap((rule) => {
      const mirrors =
        'mirrors' in rule ? [rule.mirror, ...rule.mirrors.map(({ destination }) => destination)] : [];
      return [...rule.route.map(({ destination }) => destination), ...mirrors];
    })
    .flatMap((destination) =>
      destination
        ? [{ host: resolveHost(destination.host, metadata.namespace), port: destination.port?.number }]
        : [],
    );
}

/** Whether a rule may hold for callers of a namespace. */
function isFor({ match }: Rule, namespace: string): boolean {
  const sources = (match as readonly { readonly sourceNamespace?: string }[]).map(
    (one) => one.sourceNamespace,
  );
  return sources.length === 0 || sources.some((one) => one === undefined || one === namespace);
}
