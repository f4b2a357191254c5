import type { Field, Problems } from '#mesh/istiod/config/validation/field.ts';
import { checkSelector } from '#mesh/istiod/config/validation/names.ts';
import { checkAttachment } from '#mesh/istiod/config/validation/values.ts';

/** What istiod's webhook says of a Telemetry. */
export function* telemetry(spec: Field): Problems {
  yield* checkAttachment(spec);
  yield* checkSelector(spec.at('selector'));
  for (const metrics of spec.at('metrics').items) yield* checkMetrics(metrics);
  const tracing = spec.at('tracing');
  if (tracing.items.length > 1) yield tracing.warned('multiple tracing is not currently supported');
  for (const one of tracing.items) yield* checkTracing(one);
  for (const logging of spec.at('accessLogging').items) yield* checkProviders(logging);
}

function* checkProviders(section: Field): Problems {
  const unnamed = section.at('providers').items.find((provider) => provider.at('name').text === '');
  if (unnamed) yield unnamed.refused('providers.name may not be empty');
}

function* checkMetrics(metrics: Field): Problems {
  yield* checkProviders(metrics);
  for (const override of metrics.at('overrides').items) {
    for (const [name, tag] of override.at('tagOverrides').entries) {
      const isRemoved = tag.at('operation').text === 'REMOVE';
      const { text: value } = tag.at('value');
      if (name === '') yield tag.warned('tagOverrides.name may not be empty');
      if (isRemoved && value !== '')
        yield tag.refused('tagOverrides.value may only be set when operation is UPSERT');
      if (!isRemoved && value === '')
        yield tag.refused(
          'tagOverrides.value must be set when operation is UPSERT',
          'add a `value`, such as `request.method`, or `operation: REMOVE`',
        );
    }
    const custom = override.at('match', 'customMetric');
    if (custom.isSet && custom.text === '') yield custom.refused('customMetric may not be empty');
  }
}

const tagKinds = [
  ['literal', 'value', 'literal tag value'],
  ['header', 'name', 'header tag name'],
  ['environment', 'name', 'environment tag name'],
] as const;

function* checkTracing(tracing: Field): Problems {
  const providers = tracing.at('providers');
  if (providers.items.length > 1) yield providers.warned('multiple providers is not currently supported');
  yield* checkProviders(tracing);
  const share = tracing.at('randomSamplingPercentage');
  if (share.number < 0 || share.number > 100)
    yield share.refused('randomSamplingPercentage must be in range [0.0, 100.0]');
  for (const [name, tag] of tracing.at('customTags').entries) {
    if (name === '') yield tag.refused('tag name may not be empty');
    for (const [kind, field, words] of tagKinds)
      if (tag.at(kind).isSet && tag.at(kind, field).text === '')
        yield tag.at(kind).refused(`${words} may not be empty`);
  }
}
