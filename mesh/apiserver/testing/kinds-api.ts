import { parse } from 'yaml';
import { Api } from '#mesh/apiserver/api.ts';
import { ApiError } from '#mesh/apiserver/api-error.ts';
import { builtInRules } from '#mesh/apiserver/kinds/built-in-rules.ts';
import { Kinds } from '#mesh/apiserver/kinds/kinds.ts';
import { nodePortRange } from '#mesh/apiserver/kinds/service-allocation.ts';
import type { DraftObject, KubernetesObject, Written } from '#mesh/apiserver/object.ts';
import { Store } from '#mesh/apiserver/store/store.ts';
import { noManagers } from '#mesh/apiserver/testing/plain-api.ts';

const manager = 'test';

export interface KindsApi {
  readonly api: Api;
  readonly kinds: Kinds;
  /** Creates what a manifest says. */
  create(manifest: string | DraftObject): Promise<Written<KubernetesObject>>;
  /** Writes it over what is there. */
  replace(manifest: string | DraftObject): Promise<Written<KubernetesObject>>;
  /** What is wrong with a manifest: `field: message`, in the order of the causes. */
  causes(manifest: string | DraftObject, how?: 'create' | 'replace'): Promise<string[]>;
}

/** The API with all kinds and their rules. A Service's address follows from its name. */
export function kindsApi(): KindsApi {
  const store = new Store();
  const addresses = {
    clusterIp: ({ name, namespace }: { name: string; namespace: string }) =>
      `10.96.${namespace.length}.${name.length}`,
    nodePort(_: unknown, taken: ReadonlySet<number>) {
      let port = nodePortRange.first;
      while (taken.has(port)) port += 1;
      return port;
    },
    services: () => store.list('services'),
  };
  const kinds = new Kinds(builtInRules({ addresses }));
  const api = new Api({
    store,
    types: kinds.types,
    rules: kinds,
    managers: noManagers,
    admit: async () => ({ warnings: [] }),
  });
  const typed = (manifest: string | DraftObject) => {
    const object = (typeof manifest === 'string' ? parse(manifest) : manifest) as DraftObject;
    const type = kinds.types.ofKind(object.apiVersion, object.kind);
    if (!type) throw new Error(`no ${object.apiVersion} ${object.kind}`);
    const namespace = type.namespaced ? (object.metadata.namespace ?? 'default') : undefined;
    return { object: { ...object, metadata: object.metadata ?? {} }, type, namespace };
  };
  const ways: Pick<KindsApi, 'create' | 'replace'> = {
    async create(manifest) {
      const { object, type, namespace } = typed(manifest);
      return await api.create(type, object, { manager, namespace });
    },
    async replace(manifest) {
      const { object, type, namespace } = typed(manifest);
      const key = { namespace, name: object.metadata.name ?? '' };
      // As a client that has read it just now.
      const { resourceVersion: _, ...metadata } = object.metadata;
      return await api.update(type, key, () => ({ ...object, metadata }), { manager });
    },
  };
  return {
    ...{ api, kinds, ...ways },
    async causes(manifest, how = 'create') {
      try {
        await ways[how](manifest);
        return [];
      } catch (error) {
        if (!(error instanceof ApiError) || error.reason !== 'Invalid') throw error;
        return (error.details?.causes ?? []).map(({ field, message }) => `${field}: ${message}`);
      }
    },
  };
}
