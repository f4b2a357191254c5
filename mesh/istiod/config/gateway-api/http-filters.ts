import type { Filter, HeaderModifier, PathModifier } from '#mesh/istiod/config/gateway-api/objects.ts';
import { parseDuration } from '#mesh/istiod/config/schema/fields.ts';
import type {
  CorsPolicy,
  Forward,
  HeaderChanges,
  HeaderOperations,
  Redirect,
  StringMatch,
} from '#mesh/istiod/model/route.ts';

/** What a rule's filters of one type change in a request or an answer. */
export function headersOf(filters: readonly Filter[]): HeaderOperations | undefined {
  const request = changes(filters.flatMap(({ requestHeaderModifier }) => requestHeaderModifier ?? []));
  const response = changes(filters.flatMap(({ responseHeaderModifier }) => responseHeaderModifier ?? []));
  return request || response ? { ...(request && { request }), ...(response && { response }) } : undefined;
}

function changes(modifiers: readonly HeaderModifier[]): HeaderChanges | undefined {
  if (modifiers.length === 0) return undefined;
  const record = (field: 'set' | 'add') =>
    Object.fromEntries(
      modifiers.flatMap((one) => one[field] ?? []).map(({ name, value }) => [name, value] as const),
    );
  return { set: record('set'), add: record('add'), remove: modifiers.flatMap(({ remove = [] }) => remove) };
}

/** Where the listener of a redirected request is. */
export interface At {
  readonly port: number;
  readonly secure: boolean;
}

const defaultPorts = new Map([
  ['http', 80],
  ['https', 443],
]);

/** Without a port the new address has that of its scheme, else the listener's; a scheme's usual port is not written. */
export function toRedirect(
  { scheme, hostname, path, port, statusCode = 302 }: NonNullable<Filter['requestRedirect']>,
  { port: listenerPort, secure }: At,
  match: StringMatch | undefined,
): Redirect {
  const target = scheme ?? (secure ? 'https' : 'http');
  const wanted = port ?? (scheme === undefined ? listenerPort : defaultPorts.get(scheme));
  return {
    kind: 'redirect',
    redirectCode: statusCode,
    ...(scheme !== undefined && { scheme }),
    ...(hostname !== undefined && { authority: hostname }),
    ...(wanted !== undefined && wanted !== defaultPorts.get(target) && { port: wanted }),
    ...redirectPath(path, match),
  };
}

function redirectPath(path: PathModifier | undefined, match: StringMatch | undefined) {
  if (path?.replaceFullPath !== undefined) return { uri: path.replaceFullPath };
  if (path?.replacePrefixMatch === undefined) return {};
  return { uriRegex: prefixReplaced(match, path.replacePrefixMatch) };
}

/** The new path and host. */
export function rewriteOf(
  filters: readonly Filter[],
  match: StringMatch | undefined,
): Forward['rewrite'] | undefined {
  const rewrite = filters.find(({ urlRewrite }) => urlRewrite)?.urlRewrite;
  if (!rewrite) return undefined;
  const { hostname, path } = rewrite;
  const uriRegex =
    path?.replaceFullPath !== undefined
      ? { match: '^.*$', rewrite: literal(path.replaceFullPath) }
      : path?.replacePrefixMatch !== undefined
        ? prefixReplaced(match, path.replacePrefixMatch)
        : undefined;
  return { ...(hostname !== undefined && { authority: hostname }), ...(uriRegex && { uriRegex }) };
}

/**
 * A prefix in whole segments with another in its place: between both and the rest there is exactly one slash, so that
 * `/one` → `/` makes `/one/two` into `/two`.
 */
function prefixReplaced(match: StringMatch | undefined, replacement: string) {
  const prefix = (match && 'prefix' in match ? match.prefix : '').replace(/\/+$/, '');
  const base = replacement.replace(/\/+$/, '');
  return base === ''
    ? { match: `^${escaped(prefix)}/?(.*)$`, rewrite: '/\\1' }
    : { match: `^${escaped(prefix)}(.*)$`, rewrite: `${literal(base)}\\1` };
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** Backslashes would be references to groups. */
function literal(text: string): string {
  return text.replaceAll('\\', '\\\\');
}

export function corsOf(filters: readonly Filter[]): CorsPolicy | undefined {
  const cors = filters.find((filter) => filter.cors)?.cors;
  if (!cors) return undefined;
  const { allowOrigins = [], allowCredentials, maxAge, ...lists } = cors;
  return {
    ...lists,
    answersOthers: true,
    allowOrigins: allowOrigins.map(originMatch),
    ...(allowCredentials !== undefined && { allowCredentials }),
    ...(maxAge !== undefined && { maxAge: maxAge * 1000 }),
  };
}

/** `*` in an origin's host stands for one or more characters. */
function originMatch(origin: string): StringMatch {
  if (!origin.includes('*')) return { exact: origin };
  return { regex: origin === '*' ? '.*' : origin.split('*').map(escaped).join('.+') };
}

/** Milliseconds of a rule's time-outs; absent and 0 mean none. */
export function timeoutsOf(timeouts: { readonly request?: string; readonly backendRequest?: string } = {}) {
  const request = parseDuration(timeouts.request ?? '');
  const backendRequest = parseDuration(timeouts.backendRequest ?? '');
  return { request: request ?? 0, ...(backendRequest && { backendRequest }) };
}
