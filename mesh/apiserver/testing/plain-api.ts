import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Api } from '#mesh/apiserver/api.ts';
import { discoveryPaths } from '#mesh/apiserver/http/discovery.ts';
import { type CallHandler, handle, type PathHandler } from '#mesh/apiserver/http/handle.ts';
import { generalPaths } from '#mesh/apiserver/http/paths.ts';
import type { KindFacts } from '#mesh/apiserver/kind-facts.ts';
import type { DraftObject } from '#mesh/apiserver/object.ts';
import { type ResourceType, ResourceTypes } from '#mesh/apiserver/resource-type.ts';
import type { Admission, FieldManagers, ObjectRules } from '#mesh/apiserver/rules.ts';
import { Store } from '#mesh/apiserver/store/store.ts';

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

export function resourceType(kind: string, more: Partial<ResourceType> = {}): ResourceType {
  const singular = kind.toLowerCase();
  return {
    ...{ group: '', version: 'v1', versions: ['v1'], kind, plural: `${singular}s`, singular },
    ...{ shortNames: [], categories: [], namespaced: true, subresources: ['status'], verbs },
    ...more,
  };
}

export const podType = resourceType('Pod');
export const configMapType = resourceType('ConfigMap', { subresources: [] });

/** No shapes: what is sent is what is stored. */
export const plainRules: ObjectRules = {
  prune: (object) => ({ object, unknown: [] }),
  defaulted: (object) => object,
  causes: () => [],
};

export const noManagers: FieldManagers = { updated: ({ after }) => after };

export const plainFacts: KindFacts = {
  printer: () => ({
    columns: [{ name: 'Name', type: 'string', format: 'name' }],
    cells: ({ metadata }) => [metadata.name],
  }),
  patchSchema: () => undefined,
  applied: (_, wanted) => wanted,
};

export interface PlainApiOptions {
  readonly rules?: Partial<ObjectRules>;
  readonly admit?: Admission;
  readonly history?: number;
  readonly types?: readonly ResourceType[];
}

/** An API whose objects have no shapes, for tests. */
export function plainApi({
  rules,
  admit,
  history,
  types = [podType, configMapType],
}: PlainApiOptions = {}): Api {
  return new Api({
    store: new Store(history === undefined ? {} : { history }),
    types: new ResourceTypes(types),
    rules: { ...plainRules, ...rules },
    managers: noManagers,
    admit: admit ?? (async () => ({ warnings: [] })),
  });
}

export interface ServedApi {
  readonly url: string;
  close(): void;
}

export interface ServeOptions {
  readonly facts?: KindFacts;
  /** Beside the version, the probes and discovery. */
  readonly paths?: readonly PathHandler[];
  readonly onBug?: (error: unknown) => void;
  readonly special?: ReadonlyMap<string, CallHandler>;
}

/** The API by plain HTTP. */
export async function servePlain(
  api: Api,
  { facts = plainFacts, paths = [], special = new Map(), onBug = () => {} }: ServeOptions = {},
): Promise<ServedApi> {
  const all = [generalPaths(), discoveryPaths(api.types), ...paths];
  const options = { api, facts, paths: all, special, onBug };
  const server = createServer((request, response) => void handle(options, request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

export function draft(name: string, more: Record<string, unknown> = {}): DraftObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, ...more };
}
