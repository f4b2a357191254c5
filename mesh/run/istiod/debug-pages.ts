import { parse } from 'yaml';
import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import { resourceKey } from '#mesh/apiserver/resource-type.ts';
import { clusterId } from '#mesh/istiod/model/mesh.ts';
import type { ProxyProcess } from '#mesh/kubelet/proxy/proxy-process.ts';
import type { LocalMesh } from '#mesh/run/apply/local-mesh.ts';
import { configDump } from '#mesh/run/istiod/config-dump.ts';
import { endpoints, instances, registry } from '#mesh/run/istiod/registry-pages.ts';
import { type SyncStatus, syncRow, syncStatuses } from '#mesh/run/istiod/sync-status.ts';

interface Page {
  readonly help: string;
  readonly read: (query: URLSearchParams) => unknown;
}

/** No page of this name, or no Envoy of the name that it was asked for. */
export class NoSuchPage extends Error {
  override readonly name = 'NoSuchPage';
}

/** The control plane's pages about itself, like istiod's under `/debug`: istioctl reads them. */
export class DebugPages {
  readonly #mesh: LocalMesh;
  readonly #pages: ReadonlyMap<string, Page>;

  constructor(mesh: LocalMesh) {
    this.#mesh = mesh;
    this.#pages = new Map(Object.entries(this.#table()));
  }

  /** The Envoys of pods; kube-proxy's is not one of Istio's proxies. */
  get proxies(): readonly ProxyProcess[] {
    return this.#mesh.pods.flatMap(({ proxy }) => proxy ?? []);
  }

  /** From path to what it shows. */
  get index(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#pages].map(([path, { help }]) => [path, help]));
  }

  statuses(): readonly SyncStatus[] {
    return syncStatuses(this.proxies);
  }

  /**
   * The content of a page, to be written as JSON.
   *
   * @throws NoSuchPage
   */
  async read(address: string): Promise<unknown> {
    const url = URL.parse(address, 'http://istiod');
    const page = url && this.#pages.get(url.pathname);
    if (!url || !page) throw new NoSuchPage(`there is no page ${address}; /debug lists those that there are`);
    return page.read(url.searchParams);
  }

  /** @throws NoSuchPage */
  proxyNamed(name: string | null): ProxyProcess {
    const found = this.proxies.find((proxy) => proxy.name === name);
    if (!found) {
      const names = this.proxies.map((proxy) => proxy.name).join(', ');
      const what = name ? `no Envoy is called ${name}` : 'the page is that of one Envoy';
      throw new NoSuchPage(
        `${what}: add ?proxyID= with one of ${names || 'them, of which there is none yet'}`,
      );
    }
    return found;
  }

  #table(): Readonly<Record<string, Page>> {
    const mesh = this.#mesh;
    const model = () => mesh.dataPlane.model;
    return {
      '/debug/syncz': {
        help: 'How much of its configuration each Envoy has acknowledged',
        read: () => this.statuses().map(syncRow),
      },
      '/debug/adsz': {
        help: 'The Envoys that ask for configuration, and what for',
        read: () => connections(this.statuses()),
      },
      '/debug/config_dump': {
        help: 'What the Envoy of ?proxyID=POD.NAMESPACE should have',
        read: (query) => ({ configs: configDump(this.proxyNamed(query.get('proxyID'))) }),
      },
      '/debug/edsz': {
        help: 'The endpoints that the Envoy of ?proxyID=POD.NAMESPACE should have',
        read: (query) => Object.values(this.proxyNamed(query.get('proxyID')).config.endpoints),
      },
      '/debug/registryz': { help: 'The services of the mesh', read: () => registry(model()) },
      '/debug/endpointz': { help: 'Where each service leads', read: () => endpoints(model()) },
      '/debug/instancesz': { help: 'The services of each pod', read: () => instances(model()) },
      '/debug/configz': {
        help: "The objects of Istio's and Gateway API's kinds",
        read: () => this.#configs(),
      },
      '/debug/authorizationz': {
        help: 'The AuthorizationPolicies, by namespace',
        read: () => this.#authorization(),
      },
      '/debug/mesh': { help: 'The mesh configuration', read: () => this.#meshConfig() },
      '/debug/inject': {
        help: 'The template of sidecars',
        read: () => ({ config: this.#configMap('istio-sidecar-injector')['config'] ?? '' }),
      },
      '/debug/push_status': { help: 'What went wrong with the last push, by kind', read: () => ({}) },
      '/debug/clusterz': {
        help: 'The clusters whose endpoints are read',
        read: () => [{ id: clusterId, syncStatus: 'synced' }],
      },
      '/debug/networkz': { help: 'Gateways to other networks', read: () => [] },
      '/debug/list': { help: 'The paths of these pages', read: () => [...this.#pages.keys()] },
    };
  }

  #configs(): readonly KubernetesObject[] {
    const { types, store } = this.#mesh.api;
    const isConfiguration = (group: string) =>
      group.endsWith('.istio.io') || group === 'gateway.networking.k8s.io';
    return types.all
      .filter(({ group }) => isConfiguration(group))
      .flatMap((type) => store.list(resourceKey(type)));
  }

  #authorization(): object {
    const policies = this.#mesh.api.store.list('authorizationpolicies.security.istio.io');
    const byNamespace = Object.groupBy(policies, ({ metadata }) => metadata.namespace ?? '');
    return {
      authorization_policies: {
        namespace_to_policies: byNamespace,
        root_namespace: 'istio-system',
      },
    };
  }

  #meshConfig(): unknown {
    return parse(this.#configMap('istio')['mesh'] ?? '{}');
  }

  #configMap(name: string): Readonly<Record<string, string>> {
    const object = this.#mesh.api.store.get('configmaps', { namespace: 'istio-system', name });
    return (object?.['data'] as Readonly<Record<string, string>> | undefined) ?? {};
  }
}

function connections(statuses: readonly SyncStatus[]): object {
  return {
    totalClients: statuses.length,
    clients: statuses.map(({ name, metadata, lastSent, types }) => ({
      connectionId: name,
      connectedAt: lastSent.toISOString(),
      metadata,
      watches: Object.fromEntries(types.map(({ typeUrl, names }) => [typeUrl, names])),
    })),
  };
}
