import { isDeepStrictEqual } from 'node:util';
import type { Field, FieldRules } from '#mesh/apiserver/kinds/field.ts';
import { checkLabelSelector, isEmptySelector, selects } from '#mesh/apiserver/kinds/label-selector.ts';
import { dnsSubdomain, percentage } from '#mesh/apiserver/kinds/names.ts';
import { checkLabels } from '#mesh/apiserver/kinds/object-metadata.ts';
import { checkTemplate } from '#mesh/apiserver/kinds/pod-spec.ts';
import { podWarnings } from '#mesh/apiserver/kinds/pod-warnings.ts';
import { withTemplateDefaults } from '#mesh/apiserver/kinds/pods.ts';

export const immutable = 'field is immutable';

export const templateWarnings = (object: Field) => podWarnings(object.at('spec', 'template'));

/** The rules of a kind that runs copies of a pod for ever. */
function workload(kind: string, check: (spec: Field, before: Field | undefined) => void): FieldRules {
  return {
    defaulted: withTemplateDefaults,
    check(object, before) {
      const spec = object.at('spec');
      checkSelector(spec, before?.at('spec'), kind);
      for (const name of ['replicas', 'minReadySeconds', 'revisionHistoryLimit']) spec.at(name).notNegative();
      check(spec, before?.at('spec'));
    },
    warnings: templateWarnings,
  };
}

/** @param kind as it stands in the message */
function checkSelector(spec: Field, before: Field | undefined, kind: string): void {
  const [selector, template] = [spec.at('selector'), spec.at('template')];
  if (!selector.isSet) selector.required();
  else {
    checkLabelSelector(selector);
    if (isEmptySelector(selector)) selector.invalid(`empty selector is invalid for ${kind}`);
    const labels = template.at('metadata', 'labels');
    if (!selects(selector, labels))
      labels.invalid('`selector` does not match template `labels`', labels.value ?? null);
  }
  if (before && !isDeepStrictEqual(selector.value, before.at('selector').value)) selector.invalid(immutable);
  checkTemplate(template);
}

export function checkRunsForEver(template: Field, kind: string): void {
  const policy = template.at('spec', 'restartPolicy');
  if (!policy.isEmpty && policy.text !== 'Always') policy.unsupported(['Always']);
  const deadline = template.at('spec', 'activeDeadlineSeconds');
  if (deadline.isSet) deadline.forbidden(`activeDeadlineSeconds in ${kind} is not Supported`);
}

export const deployments = workload('deployment', (spec) => {
  checkStrategy(spec.at('strategy'));
  checkRunsForEver(spec.at('template'), 'ReplicaSet');
  const deadline = spec.at('progressDeadlineSeconds');
  deadline.notNegative();
  if (deadline.number !== undefined && deadline.number <= (spec.at('minReadySeconds').number ?? 0)) {
    deadline.invalid('must be greater than minReadySeconds');
  }
});

function checkStrategy(strategy: Field): void {
  const rolling = strategy.at('rollingUpdate');
  if (strategy.at('type').text === 'Recreate') {
    if (rolling.isSet) rolling.forbidden("may not be specified when strategy `type` is 'Recreate'");
    return;
  }
  strategy.at('type').oneOf(['Recreate', 'RollingUpdate']);
  const [surge, unavailable] = [rolling.at('maxSurge'), rolling.at('maxUnavailable')];
  const [most, least] = [checkAmount(surge), checkAmount(unavailable)];
  if (most === 0 && least === 0) unavailable.invalid('may not be 0 when `maxSurge` is 0');
  if (String(unavailable.value).endsWith('%') && (least ?? 0) > 100)
    unavailable.invalid('must not be greater than 100%');
}

/** A count or a percentage. @returns its number */
export function checkAmount(amount: Field): number | undefined {
  if (!amount.isSet) return undefined;
  if (typeof amount.value !== 'string') {
    amount.notNegative();
    return amount.number;
  }
  amount.refuse(percentage(amount.value));
  return Number.parseInt(amount.value, 10);
}

export const replicaSets = workload('deployment', (spec) =>
  checkRunsForEver(spec.at('template'), 'ReplicaSet'),
);

export const daemonSets = workload('daemonset', (spec) => {
  checkRunsForEver(spec.at('template'), 'DaemonSet');
  const strategy = spec.at('updateStrategy');
  strategy.at('type').oneOf(['RollingUpdate', 'OnDelete']);
  const rolling = strategy.at('rollingUpdate');
  const [surge, unavailable] = [rolling.at('maxSurge'), rolling.at('maxUnavailable')];
  const [most, least] = [checkAmount(surge), checkAmount(unavailable)];
  if (!rolling.isSet) return;
  if ((most ?? 0) > 0 && (least ?? 0) > 0) surge.invalid('may not be set when maxUnavailable is non-zero');
  if ((most ?? 0) === 0 && least === 0) unavailable.required('cannot be 0 when maxSurge is 0');
});

/** What a StatefulSet that exists may be given. */
const ofStatefulSets = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
];

export const statefulSets: FieldRules = {
  ...workload('statefulset', checkStatefulSet),
  check(object, before) {
    const spec = object.at('spec');
    const fixed = before && differentFields(spec, before.at('spec'));
    // Said in one sentence, whichever field it is.
    if (fixed?.some((name) => !ofStatefulSets.includes(name))) {
      const last = ofStatefulSets.at(-1);
      const names = ofStatefulSets.slice(0, -1).map((name) => `'${name}'`);
      spec.forbidden(
        `updates to statefulset spec for fields other than ${names.join(', ')} and '${last}' are forbidden`,
      );
    }
    workload('statefulset', checkStatefulSet).check?.(withClaims(object), undefined);
  },
};

function differentFields(one: Field, other: Field): string[] {
  return [...new Set([...one.keys, ...other.keys])].filter(
    (name) => !isDeepStrictEqual(one.at(name).value ?? null, other.at(name).value ?? null),
  );
}

/** Each claim of the set is a volume of its pods. */
function withClaims(object: Field): Field {
  const claims = object.at('spec', 'volumeClaimTemplates').elements;
  const volumes = object.at('spec', 'template', 'spec', 'volumes');
  const names = claims.map((claim) => claim.at('metadata', 'name').text);
  const own = (Array.isArray(volumes.value) ? volumes.value : []).filter(
    (volume: unknown) => !names.includes(String((volume as { name?: unknown } | null)?.name)),
  );
  const added = names.map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
  return object.with(['spec', 'template', 'spec', 'volumes'], [...own, ...added]);
}

function checkStatefulSet(spec: Field): void {
  const management = spec.at('podManagementPolicy');
  if (!management.isEmpty && !['OrderedReady', 'Parallel'].includes(management.text)) {
    management.invalid("must be 'OrderedReady' or 'Parallel'");
  }
  const strategy = spec.at('updateStrategy');
  if (strategy.at('type').text === 'OnDelete' && strategy.at('rollingUpdate').isSet) {
    strategy.at('rollingUpdate').invalid("only allowed for updateStrategy 'RollingUpdate'");
  } else if (!['', 'OnDelete', 'RollingUpdate'].includes(strategy.at('type').text)) {
    strategy.invalid("must be 'RollingUpdate' or 'OnDelete'");
  }
  strategy.at('rollingUpdate', 'partition').notNegative();
  spec.at('serviceName').whenNamed(dnsSubdomain);
  spec.at('ordinals', 'start').notNegative();
  for (const event of ['whenDeleted', 'whenScaled'])
    spec.at('persistentVolumeClaimRetentionPolicy', event).oneOf(['Delete', 'Retain']);
  checkRunsForEver(spec.at('template'), 'StatefulSet');
}

export const controllerRevisions: FieldRules = {
  check(object, before) {
    if (!object.at('data').isSet) object.at('data').required('data is mandatory');
    object.at('revision').notNegative();
    if (before && !isDeepStrictEqual(object.at('data').value, before.at('data').value)) {
      object.at('data').invalid(immutable);
    }
  },
};

/** What a ReplicaSet was before; its selector is a plain map. */
export const replicationControllers: FieldRules = {
  defaulted: withTemplateDefaults,
  check(object) {
    const spec = object.at('spec');
    const [selector, template] = [spec.at('selector'), spec.at('template')];
    if (selector.keys.length === 0) selector.required();
    checkLabels(selector);
    for (const name of ['replicas', 'minReadySeconds']) spec.at(name).notNegative();
    const labels = template.at('metadata', 'labels');
    const fits = selector.keys.every((name) => labels.key(name).value === selector.key(name).value);
    if (!fits) labels.invalid('`selector` does not match template `labels`', labels.value ?? null);
    if (!template.isSet) template.required();
    else checkTemplate(template);
    checkRunsForEver(template, 'ReplicationController');
  },
  warnings: templateWarnings,
};
