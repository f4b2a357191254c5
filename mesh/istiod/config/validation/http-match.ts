import { checkGatewayNames } from '#mesh/istiod/config/validation/destination.ts';
import type { Field, Problems } from '#mesh/istiod/config/validation/field.ts';
import { headerFault, isClaim } from '#mesh/istiod/config/validation/headers.ts';
import { checkLabels, isLabel } from '#mesh/istiod/config/validation/names.ts';
import { checkExpression, checkStringMatch } from '#mesh/istiod/config/validation/regular-expression.ts';
import { checkPort } from '#mesh/istiod/config/validation/values.ts';

/** The matches of a rule of a VirtualService's `http`. */
export function* checkHttpMatches(rule: Field): Problems {
  for (const match of rule.at('match').items) {
    yield* checkNames(match);
    yield* checkExpression(match.at('uri', 'regex'), 'uri');
    for (const name of ['scheme', 'method', 'authority']) yield* checkStringMatch(match.at(name), name);
    for (const [, value] of match.at('queryParams').entries) yield* checkStringMatch(value, 'queryParams');
    if (match.at('port').number !== 0) yield* checkPort(match.at('port'));
    yield* checkLabels(match.at('sourceLabels'));
    yield* checkGatewayNames(match.at('gateways'));
    const namespace = match.at('sourceNamespace');
    if (namespace.text !== '' && !isLabel(namespace.text))
      yield namespace.refused(`sourceNamespace match ${namespace.text} is invalid`);
  }
}

function* checkNames(match: Field): Problems {
  for (const field of ['headers', 'withoutHeaders'])
    for (const [name, value] of match.at(field).entries) {
      const fault = isClaim(name) ? undefined : headerFault(name);
      if (fault !== undefined) yield value.refused(fault);
      // A `*` is not an expression: it means presence.
      const isPresence = field === 'withoutHeaders' && value.at('regex').text === '*';
      if (!isPresence) yield* checkStringMatch(value, field);
    }
}
