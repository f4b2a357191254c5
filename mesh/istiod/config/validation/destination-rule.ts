import { checkSubsetName } from '#mesh/istiod/config/validation/destination.ts';
import type { Field, Problems } from '#mesh/istiod/config/validation/field.ts';
import { checkLabels, checkSelector, checkWildcardName } from '#mesh/istiod/config/validation/names.ts';
import { checkTrafficPolicy } from '#mesh/istiod/config/validation/traffic-policy.ts';
import { checkExportTo } from '#mesh/istiod/config/validation/values.ts';

/** What istiod's webhook says of a DestinationRule. */
export function* destinationRule(spec: Field, { namespace }: { readonly namespace: string }): Problems {
  yield* checkWildcardName(spec.at('host'));
  yield* checkTrafficPolicy(spec.at('trafficPolicy'));
  const names = new Set<string>();
  for (const subset of spec.at('subsets').items) {
    const name = subset.at('name');
    if (names.has(name.text)) yield name.refused(`duplicate subset names: ${name.text}`, 'rename one');
    names.add(name.text);
    yield* checkSubsetName(name);
    yield* checkLabels(subset.at('labels'));
    yield* checkTrafficPolicy(subset.at('trafficPolicy'));
  }
  yield* checkExportTo(spec.at('exportTo'), { namespace });
  yield* checkReach(spec, namespace);
  yield* checkSelector(spec.at('workloadSelector'));
}

/** A rule for some workloads stays in their namespace. */
function* checkReach(spec: Field, namespace: string): Problems {
  const exportTo = spec.at('exportTo');
  const reached = new Set(exportTo.texts.map((name) => (name === '.' ? namespace : name)));
  if (!spec.at('workloadSelector').isSet || reached.size === 0) return;
  const rule = 'destination rule with workload selector cannot have';
  if (!reached.has(namespace))
    yield exportTo.refused(`${rule} exportTo beyond current namespace`, 'write `.`');
  else if (reached.size > 1) yield exportTo.refused(`${rule} multiple entries in exportTo`, 'write `.`');
}
