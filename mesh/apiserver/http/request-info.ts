import { badRequest } from '#mesh/apiserver/api-error.ts';
import type { Call } from '#mesh/apiserver/http/call.ts';
import type { WriteOptions } from '#mesh/apiserver/object.ts';

/** What a path of the API asks for: `/apis/apps/v1/namespaces/default/deployments/web/scale`. */
export interface ResourcePath {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly namespace?: string;
  readonly plural: string;
  readonly name?: string;
  readonly subresource?: string;
  /** What follows the subresource `proxy`. */
  readonly rest?: string;
}

/** Subresources of namespaces, which would else be read as resources within one. */
const ofNamespaces: ReadonlySet<string> = new Set(['status', 'finalize']);

/** Undefined if it is not the path of a resource. */
export function parseResourcePath(pathname: string): ResourcePath | undefined {
  const parts = decodedParts(pathname);
  if (!parts) return undefined;
  const [root, ...rest] = parts;
  const [group, version, path] =
    root === 'api' ? ['', rest[0], rest.slice(1)] : root === 'apis' ? [rest[0], rest[1], rest.slice(2)] : [];
  if (group === undefined || !version || !path || path.length === 0) return undefined;
  const inside = path[0] === 'namespaces' && path.length > 2 && !ofNamespaces.has(path[2] ?? '');
  const [plural, name, subresource, ...tail] = inside ? path.slice(2) : path;
  if (!plural) return undefined;
  return {
    ...{ group, version, plural },
    ...(inside && { namespace: path[1] ?? '' }),
    ...(name !== undefined && { name }),
    ...(subresource !== undefined && { subresource }),
    ...(tail.length > 0 && { rest: tail.join('/') }),
  };
}

/** Undefined if the path is not validly encoded, or has an empty part in its middle. */
function decodedParts(pathname: string): string[] | undefined {
  try {
    const parts = pathname
      .replace(/^\/+|\/+$/g, '')
      .split('/')
      .map(decodeURIComponent);
    return parts.includes('') ? undefined : parts;
  } catch {
    return undefined;
  }
}

/**
 * How a request's query says that it writes.
 *
 * @throws ApiError 400
 */
export function writeOptions({ query, request, subresource }: Call): WriteOptions {
  const fieldValidation = query.get('fieldValidation') ?? 'Warn';
  if (fieldValidation !== 'Strict' && fieldValidation !== 'Warn' && fieldValidation !== 'Ignore') {
    throw badRequest(
      `fieldValidation: Unsupported value: ${JSON.stringify(fieldValidation)}: supported values: "Ignore", "Strict", "Warn"`,
    );
  }
  // As Kubernetes does where the client does not say who it is: the first word of its user agent.
  const agent = (request.headers['user-agent'] ?? 'unknown').split('/')[0] ?? 'unknown';
  return {
    manager: query.get('fieldManager') || agent,
    dryRun: isDryRun(query),
    fieldValidation,
    subresource,
  };
}

/** @throws ApiError 400 */
export function isDryRun(query: URLSearchParams): boolean {
  const value = query.get('dryRun');
  if (value !== null && value !== 'All' && value !== '') {
    throw badRequest(`dryRun: Unsupported value: ${JSON.stringify(value)}: supported values: "All"`);
  }
  return value === 'All';
}
