import { RE2JS, RE2JSSyntaxException } from 're2js';

const MOST_KEPT = 1000;
const kept = new Map<string, RE2JS>();

/**
 * An expression of RE2, the language of Envoy's and Istio's `regex` fields: not JavaScript's, as it has `(?i)` anywhere, `\pN` and
 * `[[:alpha:]]`, but no look-around.
 *
 * @throws RE2JSSyntaxException
 */
export function re2(text: string): RE2JS {
  const known = kept.get(text);
  if (known) return known;
  const compiled = RE2JS.compile(text);
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(text, compiled);
  return compiled;
}

/** Why an expression is none, in RE2's words: ``missing closing ): `(` ``. */
export function re2Problem(text: string): string | undefined {
  try {
    re2(text);
    return undefined;
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) return error.message.replace('error parsing regexp: ', '');
    throw error;
  }
}
