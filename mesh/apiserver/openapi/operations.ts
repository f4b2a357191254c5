import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { apiVersionOf, type ResourceType, subresourceKind } from '#mesh/apiserver/resource-type.ts';

interface Parameter {
  readonly name: string;
  readonly in: 'query' | 'path';
  readonly required?: true;
  readonly type: 'string' | 'integer' | 'boolean';
}

const query = (type: Parameter['type'], ...names: readonly string[]): Parameter[] =>
  names.map((name) => ({ name, in: 'query', type }));
const written = query('string', 'dryRun', 'fieldManager', 'fieldValidation');
const listed = [
  ...query('string', 'labelSelector', 'fieldSelector', 'continue', 'resourceVersion', 'resourceVersionMatch'),
  ...query('integer', 'limit', 'timeoutSeconds'),
  ...query('boolean', 'watch', 'allowWatchBookmarks', 'sendInitialEvents'),
];
const deleted = [
  ...query('string', 'dryRun', 'propagationPolicy'),
  ...query('integer', 'gracePeriodSeconds'),
];

/** What an operation takes, and under which name clients find it (`x-kubernetes-action`). */
interface Action {
  readonly verb: string;
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  readonly action: string;
  readonly parameters: readonly Parameter[];
}

const ofCollection: readonly Action[] = [
  { verb: 'list', method: 'get', action: 'list', parameters: listed },
  { verb: 'create', method: 'post', action: 'post', parameters: written },
  {
    verb: 'deletecollection',
    method: 'delete',
    action: 'deletecollection',
    parameters: [...listed, ...deleted],
  },
];
const ofOne: readonly Action[] = [
  { verb: 'get', method: 'get', action: 'get', parameters: [] },
  { verb: 'update', method: 'put', action: 'put', parameters: written },
  { verb: 'patch', method: 'patch', action: 'patch', parameters: [...written, ...query('boolean', 'force')] },
  { verb: 'delete', method: 'delete', action: 'delete', parameters: deleted },
];

const inPath = (name: string): Parameter => ({ name, in: 'path', required: true, type: 'string' });

/** One operation of the API, in no version of OpenAPI yet. */
export interface Operation {
  readonly path: string;
  readonly method: Action['method'];
  readonly action: string;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly id: string;
  readonly parameters: readonly Parameter[];
  /** Absent: the request has none. */
  readonly bodies?: readonly string[];
}

export interface OperationsOptions {
  readonly version: string;
  /** Whether a strategic merge is known for a kind: Kubernetes' own only. */
  readonly isNative: (type: ResourceType) => boolean;
}

/** Every operation on the resources of a group-version. */
export function operationsOf(types: readonly ResourceType[], options: OperationsOptions): Operation[] {
  return types
    .filter(({ versions }) => versions.includes(options.version))
    .flatMap((type) => operationsOn(type, options));
}

function operationsOn(type: ResourceType, { version, isNative }: OperationsOptions): Operation[] {
  const { group, kind, plural, namespaced, verbs } = type;
  const root = `/${group ? 'apis' : 'api'}/${apiVersionOf(group, version)}`;
  const all = `${root}/${namespaced ? 'namespaces/{namespace}/' : ''}${plural}`;
  const scope = namespaced ? [inPath('namespace')] : [];
  const one = [inPath('name'), ...scope];
  const native = isNative(type);
  const at =
    (path: string, places: readonly Parameter[], of = { group, version, kind }) =>
    (action: Action) =>
      operation(action, { path, places, kind: of, native });
  const may = (has: readonly string[]) => (action: Action) => has.includes(action.verb);
  return [
    ...(namespaced
      ? ofCollection
          .slice(0, 1)
          .filter(may(verbs))
          .map(at(`${root}/${plural}`, []))
      : []),
    ...ofCollection.filter(may(verbs)).map(at(all, scope)),
    ...ofOne.filter(may(verbs)).map(at(`${all}/{name}`, one)),
    ...type.subresources.flatMap((name) => {
      const sub = subresourceKind(type, name);
      const answeredKind = { group: sub.group ?? group, version: sub.version ?? version, kind: sub.kind };
      const actions = [...ofOne, ...ofCollection.slice(1, 2)].filter(may(sub.verbs));
      return actions.map(at(`${all}/{name}/${name}`, one, answeredKind));
    }),
  ];
}

interface Place {
  readonly path: string;
  readonly places: readonly Parameter[];
  readonly kind: Operation['kind'];
  readonly native: boolean;
}

function operation({ method, action, parameters }: Action, { path, places, kind, native }: Place): Operation {
  const bodies = bodiesOf(method, native);
  const id = `${action}${path.replace(/[^A-Za-z0-9]+(\w)/g, (_, letter: string) => letter.toUpperCase()).replace(/\W/g, '')}`;
  return {
    path,
    method,
    action,
    kind,
    id,
    parameters: [...places, ...parameters],
    ...(bodies && { bodies }),
  };
}

function bodiesOf(method: Action['method'], native: boolean): readonly string[] | undefined {
  if (method === 'get') return undefined;
  if (method !== 'patch') return ['application/json', 'application/yaml'];
  return [
    'application/json-patch+json',
    'application/merge-patch+json',
    ...(native ? ['application/strategic-merge-patch+json'] : []),
    'application/apply-patch+yaml',
  ];
}

/** Bytes that are sent again and again: their tag and their zipped form are made once. */
export class OpenApiDocument {
  readonly type: string;
  readonly bytes: Buffer;
  #etag: string | undefined;
  #zipped: Buffer | undefined;

  constructor(bytes: Buffer, type: string) {
    this.bytes = bytes;
    this.type = type;
  }

  static json(content: unknown): OpenApiDocument {
    return new OpenApiDocument(Buffer.from(JSON.stringify(content)), 'application/json');
  }

  get etag(): string {
    this.#etag ??= `"${createHash('sha256').update(this.bytes).digest('hex').toUpperCase()}"`;
    return this.#etag;
  }

  get zipped(): Buffer {
    this.#zipped ??= gzipSync(this.bytes);
    return this.#zipped;
  }
}
