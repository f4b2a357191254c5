import type { JsonObject } from '#mesh/envoy/config.ts';
import type { StringMatch } from '#mesh/model/route.ts';

/** An Envoy StringMatcher; a match for presence is the caller's, because each field says it in its own way. */
export function stringMatcher(match: Exclude<StringMatch, { readonly present: true }>): JsonObject {
  return 'regex' in match ? { safe_regex: { regex: match.regex } } : { ...match };
}
