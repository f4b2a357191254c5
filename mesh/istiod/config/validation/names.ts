import { isIP } from 'node:net';
import type { Field, Problems } from '#mesh/istiod/config/validation/field.ts';

const label = /^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$/;
const wildcardLabel = /^(?:\*|\*?-?[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?)$/;
const LONGEST_LABEL = 63;

/** A label as Istio allows it: capitals as well. */
export function isLabel(text: string): boolean {
  return text.length <= LONGEST_LABEL && label.test(text);
}

/** What is wrong with a full name without wildcard; undefined when nothing is. */
export function nameFault(name: string): string | undefined {
  return lengthFault(name) ?? labelsFault(name);
}

/** What is wrong with a name whose first label may have a wildcard; undefined when nothing is. */
export function wildcardNameFault(name: string): string | undefined {
  const dot = name.indexOf('.');
  const first = dot < 0 ? name : name.slice(0, dot);
  const isFirstRight = first.length <= LONGEST_LABEL && wildcardLabel.test(first);
  return (
    lengthFault(name) ??
    (isFirstRight
      ? dot < 0
        ? undefined
        : labelsFault(name.slice(dot + 1))
      : `domain name "${name}" invalid (label "${first}" invalid)`)
  );
}

function lengthFault(name: string): string | undefined {
  if (name === '') return 'empty domain name not allowed';
  return name.length > 255 ? `domain name "${name}" too long (max 255)` : undefined;
}

function labelsFault(name: string): string | undefined {
  const labels = name.split('.');
  const wrong = labels.find((one, index) => !isLabel(one) && !(one === '' && index === labels.length - 1));
  if (wrong !== undefined) return `domain name "${name}" invalid (label "${wrong}" invalid)`;
  const top = labels.at(-1) ?? '';
  return /^[-+]?\d+$/.test(top)
    ? `domain name "${name}" invalid (top level domain "${top}" cannot be all-numeric)`
    : undefined;
}

export function isAddress(text: string): boolean {
  return isIP(text) !== 0;
}

export function* checkWildcardName(field: Field): Problems {
  const fault = wildcardNameFault(field.text);
  if (fault !== undefined) yield field.refused(fault);
}

/** `namespace/host`, or on a gateway a host alone. */
export function* checkNamespacedHost(field: Field, on: 'gateway' | 'sidecar'): Problems {
  const slash = field.text.indexOf('/');
  if (slash < 0) {
    if (on === 'gateway') yield* checkExposedName(field, field.text, on);
    else yield field.refused('host must be of form namespace/dnsName');
    return;
  }
  const [namespace, host] = [field.text.slice(0, slash), field.text.slice(slash + 1)];
  if (namespace === '' || host === '') {
    yield field.refused('config namespace and dnsName in host entry cannot be empty');
  }
  const any = on === 'gateway' ? ['*', '.'] : ['*', '.', '~'];
  if (!any.includes(namespace) && !isLabel(namespace) && (on === 'gateway' || namespace !== ''))
    yield field.refused(`invalid namespace value "${namespace}" in ${on}`);
  yield* checkExposedName(field, host, on);
}

/** A whole name, or one whose first label is `*`; a gateway may be asked for an address as well. */
function* checkExposedName(field: Field, host: string, on: 'gateway' | 'sidecar'): Problems {
  const fault = on === 'gateway' && isAddress(host) ? undefined : wildcardNameFault(host);
  if (fault !== undefined) yield field.refused(fault);
  if (host !== '*' && !host.includes('.')) yield field.refused('short names (non FQDN) are not allowed');
  if (/^\*[^.]/.test(host)) yield field.refused(`partial wildcard "${host}" not allowed`);
}

/** Whether a host of one name may be one of the other: Istio's host matching. */
export function hostsOverlap(one: string, other: string): boolean {
  if (one.startsWith('*') && other.startsWith('*')) {
    const [short, long] = one.length < other.length ? [one, other] : [other, one];
    return long.slice(1).endsWith(short.slice(1));
  }
  if (one.startsWith('*')) return other.endsWith(one.slice(1));
  return other.startsWith('*') ? one.endsWith(other.slice(1)) : one === other;
}

/** Whether every host of the first name is one of the second. */
export function isWithinHost(inner: string, outer: string): boolean {
  if (!outer.startsWith('*')) return inner === outer;
  if (!inner.startsWith('*')) return inner.endsWith(outer.slice(1));
  return inner.length >= outer.length && inner.slice(1).endsWith(outer.slice(1));
}

const prefixedKey =
  /^(?:[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?)*\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const labelValue = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

/** Labels of workloads and subsets. */
export function* checkLabels(labels: Field): Problems {
  for (const [key, value] of labels.entries) {
    if (!prefixedKey.test(key)) yield value.refused(`invalid tag key: "${key}"`);
    if (!labelValue.test(value.text)) yield value.refused(`invalid tag value: "${value.text}"`);
  }
}

/** The labels by which a resource chooses its workloads. */
export function* checkSelector(selector: Field, labels = selector.at('matchLabels')): Problems {
  if (!selector.isSet) return;
  for (const [key, value] of labels.entries) {
    const pair = `"${key}=${value.text}"`;
    if (key === '') yield value.refused(`empty key is not supported in selector: ${pair}`);
    if (key.includes('*') || value.text.includes('*'))
      yield value.refused(`wildcard is not supported in selector: ${pair}`);
  }
  if (labels.entries.length === 0) yield selector.warned('workload selector specified without labels');
}
