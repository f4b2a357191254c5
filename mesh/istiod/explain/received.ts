import type { JsonObject } from '#mesh/istiod/envoy/json.ts';
import type { ReceivedRequest } from '#mesh/istiod/explain/explanation.ts';
import { at, listAt, objectAt, textAt } from '#mesh/istiod/explain/read.ts';
import { authorityOf, type SimulatedRequest } from '#mesh/istiod/explain/request.ts';
import { re2, re2Problem } from '#mesh/istiod/model/re2.ts';

export interface Way {
  readonly request: SimulatedRequest;
  readonly virtualHost: JsonObject;
  readonly route: JsonObject;
  /** The route's weighted cluster, which may change headers as well. */
  readonly share: JsonObject | undefined;
}

/** The request as the destination gets it: after rewrites and header operations, the innermost first, as Envoy applies them. */
export function receivedRequest({ request, virtualHost, route, share }: Way): ReceivedRequest {
  const action = objectAt(route, 'route') ?? {};
  const headers = new Map(Object.entries(request.headers));
  for (const level of [share, route, virtualHost]) if (level) changeHeaders(headers, level);
  const host =
    headers.get('host') ??
    textAt(action, 'host_rewrite_literal') ??
    textAt(share, 'host_rewrite_literal') ??
    authorityOf(request);
  headers.delete('host');
  return { path: rewrittenPath(request.path, route), host, headers: Object.fromEntries(headers) };
}

/** @param action the route's, or a redirection, which rewrites in the same way */
export function rewrittenPath(
  path: string,
  route: JsonObject,
  action: JsonObject = objectAt(route, 'route') ?? {},
): string {
  const [before = '', ...query] = path.split('?');
  const rest = query.length > 0 ? `?${query.join('?')}` : '';
  const replacement = textAt(action, 'prefix_rewrite');
  if (replacement !== undefined) {
    const prefix =
      textAt(route, 'match', 'prefix') ?? textAt(route, 'match', 'path_separated_prefix') ?? before;
    return replacement + before.slice(prefix.length) + rest;
  }
  const regex = textAt(action, 'regex_rewrite', 'pattern', 'regex');
  const substitution = textAt(action, 'regex_rewrite', 'substitution') ?? '';
  return regex === undefined ? path : substituted({ text: before, regex, substitution }) + rest;
}

interface Substitution {
  readonly text: string;
  readonly regex: string;
  readonly substitution: string;
}

/** `\1` in the substitution is the first group. As in RE2, what follows a match at once is none where it is empty. */
function substituted({ text, regex, substitution }: Substitution): string {
  if (re2Problem(regex) !== undefined) return text;
  const matcher = re2(regex).matcher(text);
  const group = (digit: string) =>
    Number(digit) <= matcher.groupCount() ? (matcher.group(Number(digit)) ?? '') : '';
  let [result, end, matched] = ['', 0, false];
  while (matcher.find()) {
    if (matched && matcher.start() === end && matcher.end() === end) continue;
    result += text.slice(end, matcher.start());
    result += substitution.replaceAll(/\\(?:(\d)|\\)/g, (_, digit?: string) =>
      digit === undefined ? '\\' : group(digit),
    );
    end = matcher.end();
    matched = true;
  }
  return result + text.slice(end);
}

function changeHeaders(headers: Map<string, string>, level: JsonObject): void {
  // Envoy removes first, so that what a level removes may be added by it again.
  const removed = at(level, 'request_headers_to_remove');
  if (Array.isArray(removed)) for (const name of removed) headers.delete(String(name).toLowerCase());
  for (const entry of listAt(level, 'request_headers_to_add')) {
    const name = (textAt(entry, 'header', 'key') ?? '').toLowerCase();
    const value = textAt(entry, 'header', 'value') ?? '';
    const present = headers.get(name);
    const overwrites = textAt(entry, 'append_action') === 'OVERWRITE_IF_EXISTS_OR_ADD';
    headers.set(name, overwrites || present === undefined ? value : `${present},${value}`);
  }
}
