import { z } from 'zod';
import type { Api } from '#mesh/apiserver/api.ts';
import { ApiError } from '#mesh/apiserver/api-error.ts';
import type { OpenApi } from '#mesh/apiserver/openapi/open-api.ts';
import type { PolicyHistory } from '#mesh/console/policies/history.ts';
import {
  findObject,
  lineOf,
  listObjects,
  type ObjectName,
  sourceOf,
  typeOf,
} from '#mesh/console/policies/objects.ts';
import { bodyOf, ConsoleError, type ConsoleRoutes, sendBody } from '#mesh/console/server/answers.ts';
import type { Diagnostic } from '#mesh/diagnostic.ts';
import type { SourceFile } from '#mesh/istiod/config/load/document.ts';

interface Wanted {
  readonly files: readonly SourceFile[];
  readonly namespace: string;
}

/** How manifests come into the mesh: as `mesh up` and `mesh analyze` bring them. */
export interface Applier {
  apply(wanted: Wanted): Promise<{
    readonly results: readonly { readonly resource: string; readonly action: string }[];
    readonly diagnostics: readonly Diagnostic[];
  }>;
  analyze(wanted: Wanted): readonly Diagnostic[];
}

const sourceShape = z.strictObject({
  text: z.string().max(1_000_000),
  namespace: z.string().default('default'),
});
const nameShape = z.strictObject({ kind: z.string(), namespace: z.string(), name: z.string() });
const changeShape = z.strictObject({ id: z.int() });

export interface PolicyRoutesOptions {
  readonly api: Api;
  /** What kubectl reads, too. */
  readonly openApi: Pick<OpenApi, 'document'>;
  readonly files: Applier;
  readonly history: PolicyHistory;
}

/** Objects as sources: to read, to check while one writes, to apply, to delete, and to take back. */
export function policyRoutes({ api, openApi, files, history }: PolicyRoutesOptions): ConsoleRoutes {
  const wanted = ({ text, namespace }: z.infer<typeof sourceShape>): Wanted => ({
    files: [{ file: 'line', text }],
    namespace,
  });
  return {
    'GET /api/objects': () => ({ objects: listObjects(api) }),
    'GET /api/object': ({ query }) => {
      const object = findObject(api, nameIn(query));
      const source = sourceOf(object);
      const field = query.get('field');
      return {
        source,
        line: field ? lineOf(source, field) : 1,
        findings: findingsAbout(files, object.kind, nameIn(query)),
      };
    },
    'GET /api/change': ({ query }) => history.sources(Number(query.get('id'))),
    'GET /api/schema': ({ query, response }) => {
      const document = openApi.document(query.get('path') ?? '');
      if (!document) throw new ConsoleError(404, `nothing is served at ${query.get('path')}`);
      sendBody(response, { type: document.type, text: document.bytes });
    },
    'POST /api/check': async ({ request }) => ({
      diagnostics: files.analyze(wanted(await bodyOf(request, sourceShape))),
    }),
    'POST /api/apply': async ({ request }) => files.apply(wanted(await bodyOf(request, sourceShape))),
    'POST /api/delete': async ({ request }) => {
      const { kind, name, namespace } = await bodyOf(request, nameShape);
      const type = typeOf(api, kind);
      const key = { name, namespace: type.namespaced ? namespace : undefined };
      return said(api.delete(type, key, { manager: 'mesh101-console', propagationPolicy: 'Background' }));
    },
    'POST /api/undo': async ({ request }) => said(history.undo((await bodyOf(request, changeShape)).id)),
  };
}

function nameIn(query: URLSearchParams): ObjectName {
  const get = (field: string) => query.get(field) ?? '';
  return { kind: get('kind'), namespace: get('namespace'), name: get('name') };
}

function findingsAbout(files: Applier, kind: string, { namespace, name }: ObjectName): readonly Diagnostic[] {
  const title = namespace === '' ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
  return files.analyze({ files: [], namespace }).filter(({ resource }) => resource === title);
}

/** A refusal by the API is one in its own words. */
async function said(task: Promise<unknown>): Promise<object> {
  try {
    await task;
    return {};
  } catch (error) {
    if (error instanceof ApiError) throw new ConsoleError(error.code, error.message);
    throw error;
  }
}
