import type { Field, Problems } from '#mesh/istiod/config/validation/field.ts';

/** Istio lets Envoy have longer programs, but not longer texts. */
const LONGEST = 1024;

const syntax = 'write it in RE2 syntax (https://github.com/google/re2/wiki/Syntax)';

/** A `regex` that Envoy's RE2 has to compile. @param where The field in Istio's words. */
export function* checkExpression(field: Field, where: string): Problems {
  if (!field.isSet) return;
  if (field.text === '') yield field.refused(`"${where}": regex string match should not be empty`);
  else yield* checkSyntax(field, where);
}

/** An expression that may be anything but too long or wrong. */
export function* checkSyntax(field: Field, where: string): Problems {
  if (Buffer.byteLength(field.text) > LONGEST)
    yield field.refused(`"${where}": regex is too large, max length allowed is ${LONGEST}`);
  const problem = expressionProblem(field.text);
  if (problem === undefined) return;
  const message = `"${where}": error parsing regexp: ${problem}: \`${field.text}\``;
  yield field.refused(message, syntax);
}

/** One of `exact`, `prefix` and `regex`. */
export function* checkStringMatch(match: Field, where: string): Problems {
  const prefix = match.at('prefix');
  if (prefix.isSet && prefix.text === '')
    yield prefix.refused(`"${where}": prefix string match should not be empty`);
  yield* checkExpression(match.at('regex'), where);
}

/**
 * Why Envoy's RE2 would refuse an expression. RE2 has no look-around and no back-references; its inline flags and named groups are not
 * JavaScript's.
 */
export function expressionProblem(text: string): string | undefined {
  if (/\(\?<?[=!]/.test(text)) return 'RE2 has no look-ahead and look-behind';
  if (/(?<!\\)(\\\\)*\\[1-9]/.test(text)) return 'RE2 has no back-references';
  try {
    new RegExp(
      text
        .replaceAll('(?P<', '(?<')
        .replace(/\(\?[imsU-]+\)/g, '')
        .replace(/\(\?[imsU-]+:/g, '(?:'),
    );
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
