import type { Field, Problems } from '#mesh/istiod/config/validation/field.ts';
import { re2Problem } from '#mesh/istiod/model/re2.ts';

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
  const problem = re2Problem(field.text);
  if (problem === undefined) return;
  const message = `"${where}": error parsing regexp: ${problem}`;
  yield field.refused(message, syntax);
}

/** One of `exact`, `prefix` and `regex`. */
export function* checkStringMatch(match: Field, where: string): Problems {
  const prefix = match.at('prefix');
  if (prefix.isSet && prefix.text === '')
    yield prefix.refused(`"${where}": prefix string match should not be empty`);
  yield* checkExpression(match.at('regex'), where);
}
