import type { Field } from '#mesh/apiserver/kinds/field.ts';
import { checkLabelSelector } from '#mesh/apiserver/kinds/label-selector.ts';
import { qualifiedName } from '#mesh/apiserver/kinds/names.ts';

const required = 'requiredDuringSchedulingIgnoredDuringExecution';
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';
const ofLists = ['In', 'NotIn'];
const ofOne = ['Gt', 'Lt'];
const ofNone = ['Exists', 'DoesNotExist'];

/** Which nodes and neighbours a pod wants. One node has no choice, but a cluster refuses what cannot be read. */
export function checkAffinity(affinity: Field): void {
  const node = affinity.at('nodeAffinity');
  const terms = node.at(required, 'nodeSelectorTerms');
  if (node.at(required).isSet && terms.isEmpty) terms.required('must have at least one node selector term');
  for (const term of terms.elements) checkNodeTerm(term);
  for (const weighted of node.at(preferred).elements) {
    checkWeight(weighted.at('weight'));
    checkNodeTerm(weighted.at('preference'));
  }
  for (const kind of ['podAffinity', 'podAntiAffinity']) {
    for (const term of affinity.at(kind, required).elements) checkPodTerm(term);
    for (const weighted of affinity.at(kind, preferred).elements) {
      checkWeight(weighted.at('weight'));
      checkPodTerm(weighted.at('podAffinityTerm'));
    }
  }
}

function checkWeight(weight: Field): void {
  const value = weight.number ?? 0;
  if (value < 1 || value > 100) weight.invalid('must be in the range 1-100', value);
}

function checkPodTerm(term: Field): void {
  checkLabelSelector(term.at('labelSelector'));
  checkLabelSelector(term.at('namespaceSelector'));
  const key = term.at('topologyKey');
  if (key.isEmpty) key.required('can not be empty');
  key.refuse(qualifiedName(key.text), key.text);
}

function checkNodeTerm(term: Field): void {
  for (const expression of term.at('matchExpressions').elements) {
    const [key, operator, values] = ['key', 'operator', 'values'].map((name) => expression.at(name)) as [
      Field,
      Field,
      Field,
    ];
    if (ofLists.includes(operator.text)) {
      if (values.isEmpty) values.required("must be specified when `operator` is 'In' or 'NotIn'");
    } else if (ofNone.includes(operator.text)) {
      if (!values.isEmpty)
        values.forbidden("may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    } else if (ofOne.includes(operator.text)) {
      if (values.elements.length !== 1)
        values.required("must be specified single value when `operator` is 'Lt' or 'Gt'");
    } else operator.invalid('not a valid selector operator', operator.text);
    key.refuse(qualifiedName(key.text), key.text);
  }
}
