import type { JsonObject } from '#mesh/envoy/config.ts';
import { present } from '#mesh/envoy/json.ts';
import { hostSetBy } from '#mesh/envoy/routes/header-operations.ts';
import type { Forward, RouteMatch } from '#mesh/model/route.ts';

/** What a request's path and authority become. A prefix match replaces the prefix, every other match the whole path. */
export function rewrites({ rewrite, headers }: Forward, match: RouteMatch): JsonObject {
  return present({
    ...pathRewrite(rewrite, match),
    host_rewrite_literal: rewrite?.authority ?? hostSetBy(headers),
  });
}

function pathRewrite(rewrite: Forward['rewrite'], { uri }: RouteMatch): JsonObject {
  if (rewrite?.uriRegex) {
    const { match, rewrite: substitution } = rewrite.uriRegex;
    return { regex_rewrite: { pattern: { regex: match }, substitution } };
  }
  if (rewrite?.uri === undefined) {
    return {};
  }
  return uri && 'regex' in uri ? wholePath(rewrite.uri) : { prefix_rewrite: rewrite.uri };
}

/** Envoy has no prefix to replace after a regular expression; backslashes would be references to groups. */
function wholePath(path: string): JsonObject {
  return { regex_rewrite: { pattern: { regex: '.*' }, substitution: path.replaceAll('\\', '\\\\') } };
}
