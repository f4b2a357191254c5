import { Api } from '#mesh/apiserver/api.ts';
import { openApiPaths } from '#mesh/apiserver/http/openapi.ts';
import { Kinds } from '#mesh/apiserver/kinds/kinds.ts';
import type { DraftObject } from '#mesh/apiserver/object.ts';
import type { Describe } from '#mesh/apiserver/openapi/descriptions.ts';
import { OpenApi } from '#mesh/apiserver/openapi/open-api.ts';
import { Store } from '#mesh/apiserver/store/store.ts';
import { printers } from '#mesh/apiserver/table/printers.ts';
import { noManagers, type ServedApi, servePlain } from '#mesh/apiserver/testing/plain-api.ts';

export interface ServedKinds extends ServedApi {
  readonly api: Api;
  readonly kinds: Kinds;
  /** What went wrong inside; a test that finds something here has found a bug. */
  readonly bugs: unknown[];
  create(object: DraftObject): Promise<void>;
}

/** The API with every kind in its shape, its columns and its OpenAPI, by plain HTTP. */
export async function serveKinds({ describe }: { readonly describe?: Describe } = {}): Promise<ServedKinds> {
  const kinds = new Kinds();
  const api = new Api({
    store: new Store(),
    types: kinds.types,
    rules: kinds,
    managers: noManagers,
    admit: async () => ({ warnings: [] }),
  });
  const definitionOf: Kinds['definitionOf'] = (type) => kinds.definitionOf(type);
  const facts = {
    printer: printers(definitionOf),
    patchSchema: kinds.patchSchema.bind(kinds),
    applied: (_: unknown, wanted: DraftObject) => wanted,
  };
  const openApi = new OpenApi({ types: kinds.types, definitionOf, ...(describe && { describe }) });
  const bugs: unknown[] = [];
  const served = await servePlain(api, {
    facts,
    paths: [openApiPaths(openApi)],
    onBug: (bug) => bugs.push(bug),
  });
  return {
    ...served,
    ...{ api, kinds, bugs },
    async create(object) {
      const type = kinds.types.ofKind(object.apiVersion, object.kind);
      if (!type) throw new Error(`${object.apiVersion} ${object.kind} is not served`);
      const { namespace } = object.metadata;
      await api.create(type, object, { manager: 'test', namespace });
    },
  };
}
