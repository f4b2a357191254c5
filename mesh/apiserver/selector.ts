import { badRequest } from '#mesh/apiserver/api-error.ts';
import type { KubernetesObject, StringMap } from '#mesh/apiserver/object.ts';

export type LabelPredicate = (labels: StringMap) => boolean;
export type ObjectPredicate = (object: KubernetesObject) => boolean;

/** metav1.LabelSelector. An empty one takes everything. */
export interface LabelSelector {
  readonly matchLabels?: StringMap;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

/**
 * The `labelSelector` of a request: `a=b,c!=d,e in (f,g),h notin (i),j,!k,l>1`.
 *
 * @throws ApiError 400
 */
export function parseLabelSelector(text: string): LabelPredicate {
  const requirements = splitOutsideParentheses(text).map(parseRequirement);
  return (labels) => requirements.every((requirement) => requirement(labels));
}

function splitOutsideParentheses(text: string): string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

const name = '[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?';
const forms = {
  set: new RegExp(`^(${name})\\s+(in|notin)\\s*\\(([^()]*)\\)$`),
  equality: new RegExp(`^(${name})\\s*(==|=|!=|>|<)\\s*([A-Za-z0-9._-]*)$`),
  existence: new RegExp(`^(!?)\\s*(${name})$`),
};

function parseRequirement(text: string): LabelPredicate {
  const set = forms.set.exec(text);
  if (set) {
    const [, key = '', , operator = '', values = ''] = set;
    return setRequirement(
      key,
      operator === 'in',
      values.split(',').map((value) => value.trim()),
    );
  }
  const equality = forms.equality.exec(text);
  if (equality) {
    const [, key = '', , operator = '', value = ''] = equality;
    return comparison(key, operator, value);
  }
  const existence = forms.existence.exec(text);
  if (existence) {
    const [, not = '', key = ''] = existence;
    return (labels) => Object.hasOwn(labels, key) === (not === '');
  }
  throw badRequest(
    `unable to parse requirement: found ${JSON.stringify(text)}, expected: a key, key=value, key!=value, key in (…), key notin (…) or !key`,
  );
}

function setRequirement(key: string, wanted: boolean, values: readonly string[]): LabelPredicate {
  return (labels) => {
    const has = Object.hasOwn(labels, key) && values.includes(labels[key] ?? '');
    return has === wanted;
  };
}

function comparison(key: string, operator: string, value: string): LabelPredicate {
  const valueIn = (labels: StringMap) => (Object.hasOwn(labels, key) ? labels[key] : undefined);
  switch (operator) {
    case '!=':
      return (labels) => valueIn(labels) !== value;
    case '>':
      return (labels) => Number(valueIn(labels) ?? Number.NaN) > Number(value);
    case '<':
      return (labels) => Number(valueIn(labels) ?? Number.NaN) < Number(value);
    default:
      return (labels) => valueIn(labels) === value;
  }
}

/** The predicate of a LabelSelector in an object. */
export function matchesLabelSelector({
  matchLabels = {},
  matchExpressions = [],
}: LabelSelector): LabelPredicate {
  const labels = Object.entries(matchLabels).map(([key, value]) => comparison(key, '=', value));
  const expressions = matchExpressions.map(({ key, operator, values = [] }): LabelPredicate => {
    switch (operator) {
      case 'In':
        return setRequirement(key, true, values);
      case 'NotIn':
        return setRequirement(key, false, values);
      case 'Exists':
        return (own) => Object.hasOwn(own, key);
      default:
        return (own) => !Object.hasOwn(own, key);
    }
  });
  return (own) => [...labels, ...expressions].every((requirement) => requirement(own));
}
