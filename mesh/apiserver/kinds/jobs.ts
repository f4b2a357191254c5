import { isDeepStrictEqual } from 'node:util';
import type { Field, FieldRules } from '#mesh/apiserver/kinds/field.ts';
import { checkLabelSelector, selects } from '#mesh/apiserver/kinds/label-selector.ts';
import { dnsLabel } from '#mesh/apiserver/kinds/names.ts';
import { checkTemplate } from '#mesh/apiserver/kinds/pod-spec.ts';
import { podWarnings } from '#mesh/apiserver/kinds/pod-warnings.ts';
import { withTemplateDefaults } from '#mesh/apiserver/kinds/pods.ts';
import { immutable } from '#mesh/apiserver/kinds/workloads.ts';
import { type DraftObject, isObject, type StringMap } from '#mesh/apiserver/object.ts';

const ofUid = ['controller-uid', 'batch.kubernetes.io/controller-uid'];
const ofName = ['job-name', 'batch.kubernetes.io/job-name'];
const fixed = [
  'selector',
  'template',
  'completionMode',
  'podFailurePolicy',
  'backoffLimitPerIndex',
  'managedBy',
  'successPolicy',
];

export const jobs: FieldRules = {
  defaulted: (job, before) => withTemplateDefaults(before ? job : withGeneratedSelector(job)),
  check(job, before) {
    const spec = job.at('spec');
    if (spec.at('manualSelector').value !== true) checkGenerated(job);
    const [selector, labels] = [spec.at('selector'), spec.at('template', 'metadata', 'labels')];
    if (!selector.isSet) selector.required();
    else {
      checkLabelSelector(selector);
      if (!selects(selector, labels))
        labels.invalid('`selector` does not match template `labels`', labels.value ?? null);
    }
    checkJobSpec(spec);
    checkHostnames(job);
    if (before) checkUpdate(spec, before.at('spec'));
  },
  warnings: (job) => podWarnings(job.at('spec', 'template')),
};

/** A Job selects its pods by its own uid, which no other has. */
function withGeneratedSelector(job: DraftObject): DraftObject {
  const { spec } = job;
  if (!isObject(spec) || spec['manualSelector'] === true || !isObject(spec['template'])) return job;
  const { template } = spec;
  const metadata = isObject(template['metadata']) ? template['metadata'] : {};
  // A Job without labels gets those of its pods.
  const ownLabels = [job.metadata.labels, metadata['labels']].find(
    (each): each is StringMap => isObject(each) && Object.keys(each).length > 0,
  );
  const selector = isObject(spec['selector']) ? spec['selector'] : {};
  const uid = job.metadata.uid ?? '';
  const own = [
    ...ofName.map((name) => [name, job.metadata.name ?? ''] as const),
    ...ofUid.map((name) => [name, uid] as const),
  ];
  const labels: StringMap = { ...Object.fromEntries(own), ...mapOf(metadata['labels']) };
  const matchLabels = { [String(ofUid[1])]: uid, ...mapOf(selector['matchLabels']) };
  return {
    ...job,
    metadata: { ...job.metadata, labels: ownLabels ?? labels },
    spec: {
      ...spec,
      selector: { ...selector, matchLabels },
      template: { ...template, metadata: { ...metadata, labels } },
    },
  };
}

function mapOf(value: unknown): StringMap {
  return isObject(value) ? (value as StringMap) : {};
}

function checkGenerated(job: Field): void {
  const labels = job.at('spec', 'template', 'metadata', 'labels');
  const expected = [
    ...ofUid.map((name) => [name, job.at('metadata', 'uid').text] as const),
    ...ofName.map((name) => [name, job.at('metadata', 'name').text] as const),
  ];
  for (const [name, value] of expected) {
    const label = labels.key(name);
    if (!label.isSet) label.required(`must be '${value}'`);
    else if (label.value !== value) label.invalid(`must be '${value}'`, labels.value);
  }
  const selector = job.at('spec', 'selector');
  const generated = job.with(['spec', 'template', 'metadata', 'labels'], Object.fromEntries(expected));
  if (selector.isSet && !selects(selector, generated.at('spec', 'template', 'metadata', 'labels'))) {
    selector.invalid('`selector` not auto-generated');
  }
}

export function checkJobSpec(spec: Field): void {
  for (const name of [
    'parallelism',
    'completions',
    'activeDeadlineSeconds',
    'backoffLimit',
    'ttlSecondsAfterFinished',
    'backoffLimitPerIndex',
    'maxFailedIndexes',
  ])
    spec.at(name).notNegative();
  checkIndexed(spec);
  checkTemplate(spec.at('template'));
  const policy = spec.at('template', 'spec', 'restartPolicy');
  if (policy.isEmpty || policy.text === 'Always') policy.required('valid values: "OnFailure", "Never"');
  else if (!['OnFailure', 'Never'].includes(policy.text)) policy.unsupported(['OnFailure', 'Never']);
  else if (spec.at('podFailurePolicy').isSet && policy.text !== 'Never')
    policy.invalid('only "Never" is supported when podFailurePolicy is specified');
}

function checkIndexed(spec: Field): void {
  const [mode, completions] = [spec.at('completionMode'), spec.at('completions')];
  mode.oneOf(['NonIndexed', 'Indexed']);
  if (mode.text === 'Indexed') {
    if (!completions.isSet) completions.required('when completion mode is Indexed');
    if ((spec.at('parallelism').number ?? 0) > 100_000) {
      spec.at('parallelism').invalid('must be less than or equal to 100000 when completion mode is Indexed');
    }
    return;
  }
  for (const name of ['backoffLimitPerIndex', 'maxFailedIndexes', 'successPolicy'])
    if (spec.at(name).isSet) spec.at(name).invalid('requires indexed completion mode');
}

/** The pods of an indexed Job are called after it. */
function checkHostnames(job: Field): void {
  const { number = 0 } = job.at('spec', 'completions');
  if (job.at('spec', 'completionMode').text !== 'Indexed' || number <= 0) return;
  const hostname = `${job.at('metadata', 'name').text}-${number - 1}`;
  if (dnsLabel(hostname).length === 0) return;
  job.at('metadata', 'name').invalid(`will not able to create pod with invalid DNS label: ${hostname}`);
}

function checkUpdate(spec: Field, before: Field): void {
  for (const name of fixed) {
    const [now, then] = [spec.at(name), before.at(name)];
    if (!isDeepStrictEqual(now.value ?? null, then.value ?? null)) now.invalid(immutable);
  }
  const completions = spec.at('completions');
  if (isDeepStrictEqual(completions.value ?? null, before.at('completions').value ?? null)) return;
  const inTandem =
    spec.at('completionMode').text === 'Indexed' &&
    completions.value === spec.at('parallelism').value &&
    before.at('completions').value === before.at('parallelism').value;
  if (!inTandem)
    completions.invalid(
      spec.at('completionMode').text === 'Indexed'
        ? 'can only be modified in tandem with spec.parallelism'
        : immutable,
    );
}
