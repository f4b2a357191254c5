import type { Mesh } from '#mesh/istiod/model/mesh.ts';
import type { VirtualHost } from '#mesh/istiod/model/route.ts';
import { callersOf } from '#mesh/testing/callers.ts';
import { dimensionsOf } from '#mesh/testing/diff/samples.ts';
import type { TestRequest } from '#mesh/testing/test-file.ts';

/** A request that some route of some mesh distinguishes from others, with a description. */
export interface DerivedRequest {
  readonly request: TestRequest;
  /** Whom it asks: `gateway http://shop.example` or `http://reviews:9080`. */
  readonly target: string;
  readonly caller: string;
  readonly path: string;
  readonly method: string;
  /** Empty: without any. */
  readonly headers: string;
  readonly query: string;
}

export interface DeriveOptions {
  /** The meshes whose routes count; the first knows the callers. */
  readonly meshes: readonly Mesh[];
  readonly namespace: string;
  /** Of one caller to one host; the product of all conditions grows quickly. */
  readonly most: number;
}

interface Target {
  readonly origin: string;
  /** As a sentence names it. */
  readonly label: string;
  readonly callers: readonly string[];
  readonly hosts: readonly VirtualHost[];
}

/** Requests for each way that the routes of any of the meshes know: every host, and each path, header and method that they name. */
export function derivedRequests(options: DeriveOptions): readonly DerivedRequest[] {
  return targetsOf(options).flatMap((target) => requestsTo(target, options.most));
}

function targetsOf({ meshes, namespace }: DeriveOptions): readonly Target[] {
  const callers = [...new Set(meshes.flatMap((mesh) => callersOf(mesh, namespace)))];
  const inside = meshes
    .flatMap(({ virtualHosts }) => virtualHosts)
    .map((host) => ({ host, origin: originOf('http', host), label: '', callers }));
  const outside = meshes.flatMap(({ gateways }) => gateways.flatMap(gatewayHosts));
  const all = [...outside, ...inside];
  const groups = Map.groupBy(all, ({ origin, label }) => `${label} ${origin}`);
  return [...groups.values()].flatMap((alike) => {
    const [first] = alike;
    if (!first) return [];
    const { origin, label } = first;
    const hosts = alike.map(({ host }) => host);
    return [{ origin, label: `${label}${shortened(origin, namespace)}`, callers: first.callers, hosts }];
  });
}

function gatewayHosts({ name, servers }: Mesh['gateways'][number]) {
  return servers
    .filter(({ protocol }) => protocol !== 'TCP')
    .flatMap(({ port, protocol, virtualHosts }) =>
      virtualHosts.map((host) => ({
        host,
        origin: originOf(protocol === 'HTTPS' ? 'https' : 'http', { ...host, port }),
        label: 'gateway ',
        callers: [`gateway/${name}`],
      })),
    );
}

/** For a wildcard host, one name that it matches. */
function originOf(scheme: 'http' | 'https', { host, port }: Pick<VirtualHost, 'host' | 'port'>): string {
  const name = host === '*' ? 'any.example' : host.replace(/^\*\./, 'any.').replace('*', 'any');
  return new URL(`${scheme}://${name}:${port}`).origin;
}

/** Services of the tests' own namespace by their short name. */
function shortened(origin: string, namespace: string): string {
  return origin.replace(`.${namespace}.svc.cluster.local`, '').replace('.svc.cluster.local', '');
}

function requestsTo({ origin, label, callers, hosts }: Target, most: number): readonly DerivedRequest[] {
  const { paths, methods, headers, queries } = dimensionsOf(
    hosts.flatMap(({ routes }) => routes.map(({ match }) => match)),
  );
  const conditions = paths.flatMap((path) =>
    headers.flatMap((header) =>
      methods.flatMap((method) => queries.map((query) => ({ path, header, method, query }))),
    ),
  );
  return callers.flatMap((caller) =>
    conditions.slice(0, most).map(({ path, header, method, query }) => ({
      request: {
        ...{ from: caller, sidecar: true, method: method.value, headers: header.headers },
        url: `${origin}${path.value.startsWith('/') ? '' : '/'}${path.value}${query.value}`,
      },
      ...{ target: label, caller, path: path.label, method: method.label },
      ...{ headers: header.label, query: query.label },
    })),
  );
}
