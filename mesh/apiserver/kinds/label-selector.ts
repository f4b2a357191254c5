import type { Field } from '#mesh/apiserver/kinds/field.ts';
import { labelValue, qualifiedName } from '#mesh/apiserver/kinds/names.ts';
import { checkLabels } from '#mesh/apiserver/kinds/object-metadata.ts';
import type { StringMap } from '#mesh/apiserver/object.ts';
import { type LabelSelector, matchesLabelSelector } from '#mesh/apiserver/selector.ts';

export function checkLabelSelector(selector: Field): void {
  checkLabels(selector.at('matchLabels'));
  for (const expression of selector.at('matchExpressions').elements) {
    const [operator, values] = [expression.at('operator'), expression.at('values')];
    if (operator.text === 'In' || operator.text === 'NotIn') {
      if (values.isEmpty) values.required("must be specified when `operator` is 'In' or 'NotIn'");
    } else if (operator.text === 'Exists' || operator.text === 'DoesNotExist') {
      if (!values.isEmpty)
        values.forbidden("may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    } else {
      operator.invalid('not a valid selector operator', operator.text);
    }
    expression.at('key').refuse(qualifiedName(expression.at('key').text), expression.at('key').text);
    for (const value of values.elements) value.refuse(labelValue(value.text));
  }
}

/** Whether it selects everything because it says nothing. */
export function isEmptySelector(selector: Field): boolean {
  return selector.at('matchLabels').keys.length === 0 && selector.at('matchExpressions').isEmpty;
}

export function selects(selector: Field, labels: Field): boolean {
  const { matchLabels, matchExpressions } = (selector.value ?? {}) as LabelSelector;
  const own = (labels.value ?? {}) as StringMap;
  return matchesLabelSelector({
    matchLabels: matchLabels ?? {},
    matchExpressions: matchExpressions ?? [],
  })(own);
}
