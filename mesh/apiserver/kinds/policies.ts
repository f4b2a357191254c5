import { isQuotaName } from '#mesh/apiserver/kinds/containers.ts';
import type { Field, FieldRules } from '#mesh/apiserver/kinds/field.ts';
import { checkLabelSelector } from '#mesh/apiserver/kinds/label-selector.ts';
import { pathSegment, qualifiedName } from '#mesh/apiserver/kinds/names.ts';
import { isWhole, quantityOf } from '#mesh/apiserver/kinds/quantity.ts';
import { checkAmount } from '#mesh/apiserver/kinds/workloads.ts';
import { isObject } from '#mesh/apiserver/object.ts';

const highestPriority = 1_000_000_000;
const longestPeriod = 1800;
const longestWindow = 3600;
const sources = ['object', 'pods', 'resource', 'external', 'containerResource'];

export const podDisruptionBudgets: FieldRules = {
  check(budget) {
    const spec = budget.at('spec');
    const [least, most] = [spec.at('minAvailable'), spec.at('maxUnavailable')];
    if (least.isSet && most.isSet) spec.invalid('minAvailable and maxUnavailable cannot be both set');
    for (const amount of [least, most]) {
      if ((checkAmount(amount) ?? 0) > 100 && typeof amount.value === 'string')
        amount.invalid('must not be greater than 100%');
    }
    checkLabelSelector(spec.at('selector'));
    spec.at('unhealthyPodEvictionPolicy').oneOf(['AlwaysAllow', 'IfHealthyBudget']);
  },
};

type Amounts = Readonly<Record<string, unknown>>;

/** A container's limit is by default the highest that it may have, and its request its limit, else the least. */
export const limitRanges: FieldRules = {
  defaulted(range) {
    const { spec } = range;
    if (!isObject(spec) || !Array.isArray(spec['limits'])) return range;
    const limits = spec['limits'].map((item: unknown) =>
      isObject(item) && item['type'] === 'Container' ? withDefaultAmounts(item) : item,
    );
    return { ...range, spec: { ...spec, limits } };
  },
  check(range) {
    const types = new Set<string>();
    for (const item of range.at('spec', 'limits').elements) {
      const type = item.at('type');
      if (type.isEmpty) type.required();
      else if (!type.text.includes('/') && !limited.includes(type.text))
        type.invalid('must be a standard limit type or fully qualified');
      if (types.has(type.text)) type.duplicate();
      types.add(type.text);
      checkLimits(item);
    }
  },
};

const limited = ['Container', 'PersistentVolumeClaim', 'Pod'];

/** The least may not be more than the most, nor the defaults outside of both. */
function checkLimits(item: Field): void {
  const order = [
    ['min', 'max', 'min value', 'max value'],
    ['default', 'max', 'default value', 'max value'],
    ['defaultRequest', 'default', 'default request value', 'default limit value'],
    ['defaultRequest', 'max', 'default request value', 'max value'],
  ] as const;
  for (const [low, high, lowName, highName] of order) {
    for (const name of item.at(low).keys) {
      const [less, more] = [item.at(low).key(name), item.at(high).key(name)];
      const [least, most] = [quantityOf(less.value), quantityOf(more.value ?? '')];
      if (least !== undefined && most !== undefined && least > most)
        less.invalid(`${lowName} ${less.value} is greater than ${highName} ${more.value}`);
    }
  }
}

export const resourceQuotas: FieldRules = {
  check(quota, before) {
    const hard = quota.at('spec', 'hard');
    for (const name of hard.keys) {
      const amount = hard.key(name);
      amount.refuse(qualifiedName(name), name);
      if (!name.includes('/') && !isQuotaName(name)) {
        amount.invalid('must be a standard resource type or fully qualified', name);
        amount.invalid('must be a standard resource for quotas', name);
      }
      const quantity = quantityOf(amount.value);
      if (quantity === undefined) continue;
      if (quantity < 0n) amount.invalid('must be greater than or equal to 0');
      // What is counted comes in whole numbers.
      const isAmount =
        /(^|\.)(cpu|memory|storage|ephemeral-storage)$/.test(name) || name.includes('hugepages-');
      if (!isAmount && !isWhole(quantity)) amount.invalid('must be an integer');
    }
    const scopes = quota.at('spec', 'scopes');
    if (before && scopes.strings.join() !== before.at('spec', 'scopes').strings.join())
      scopes.invalid('field is immutable');
  },
};

function withDefaultAmounts(item: Amounts): Amounts {
  const amounts = (name: string): Amounts => {
    const given = item[name];
    return isObject(given) ? given : {};
  };
  const limits = { ...amounts('max'), ...amounts('default') };
  const requests = { ...amounts('min'), ...limits, ...amounts('defaultRequest') };
  return {
    ...item,
    ...(Object.keys(limits).length > 0 && { default: limits }),
    ...(Object.keys(requests).length > 0 && { defaultRequest: requests }),
  };
}

export const horizontalPodAutoscalers: FieldRules = {
  check(autoscaler) {
    const spec = autoscaler.at('spec');
    const [least, most, target] = [spec.at('minReplicas'), spec.at('maxReplicas'), spec.at('scaleTargetRef')];
    if ((least.number ?? 1) < 1) least.invalid('must be greater than or equal to 1');
    if (most.isEmpty) most.required('must be set and greater than 0');
    else if ((most.number ?? 1) < 1) most.invalid('must be greater than or equal to 1');
    else if ((most.number ?? 1) < (least.number ?? 1))
      most.invalid('must be greater than or equal to `minReplicas`');
    for (const name of ['kind', 'name']) target.at(name).named(pathSegment);
    for (const metric of spec.at('metrics').elements) checkMetric(metric);
    for (const direction of ['scaleUp', 'scaleDown']) checkScaling(spec.at('behavior', direction));
  },
};

function checkMetric(metric: Field): void {
  const type = metric.at('type');
  if (type.isEmpty) {
    type.required('must specify a metric source type');
    return;
  }
  const own = `${type.text[0]?.toLowerCase()}${type.text.slice(1)}`;
  if (!sources.includes(own)) {
    type.unsupported(['ContainerResource', 'External', 'Object', 'Pods', 'Resource']);
    return;
  }
  const source = metric.at(own);
  if (!source.isSet) source.required('must populate information for the given metric source');
  else checkTarget(source, own);
  for (const other of sources.filter((name) => name !== own))
    if (metric.at(other).isSet) metric.at(other).forbidden('must populate the given metric source only');
}

function checkTarget(source: Field, kind: string): void {
  const target = source.at('target');
  const [value, average, utilization] = [
    target.at('value'),
    target.at('averageValue'),
    target.at('averageUtilization'),
  ];
  if (!['Utilization', 'Value', 'AverageValue'].includes(target.at('type').text))
    target.at('type').invalid('must be either Utilization, Value, or AverageValue', target.at('type').text);
  for (const amount of [value, average])
    if (amount.isSet && (quantityOf(amount.value) ?? 1n) <= 0n) amount.invalid('must be positive');
  if (utilization.isSet && (utilization.number ?? 1) < 1) utilization.invalid('must be greater than 0');
  if (kind === 'resource' || kind === 'containerResource') {
    if (source.at('name').isEmpty) source.at('name').required('must specify a resource name');
    if (!utilization.isSet && !average.isSet)
      utilization.required('must set either a target raw value or a target utilization');
    if (utilization.isSet && average.isSet)
      average.forbidden('may not set both a target raw value and a target utilization');
  } else if (kind === 'pods') {
    if (!average.isSet) average.required('must specify a positive target averageValue');
  } else if (!value.isSet && !average.isSet) {
    average.required('must set either a target value or averageValue');
  }
}

function checkScaling(rules: Field): void {
  if (!rules.isSet) return;
  const window = rules.at('stabilizationWindowSeconds');
  if ((window.number ?? 0) < 0) window.invalid('must be greater than or equal to zero');
  if ((window.number ?? 0) > longestWindow) window.invalid(`must be less than or equal to ${longestWindow}`);
  rules.at('selectPolicy').oneOf(['Disabled', 'Max', 'Min']);
  if (rules.at('policies').isEmpty) rules.at('policies').required('must specify at least one Policy');
  for (const policy of rules.at('policies').elements) {
    policy.at('type').oneOf(['Percent', 'Pods']);
    for (const name of ['value', 'periodSeconds']) {
      if ((policy.at(name).number ?? 0) <= 0)
        policy.at(name).invalid('must be greater than zero', policy.at(name).value ?? 0);
    }
    if ((policy.at('periodSeconds').number ?? 0) > longestPeriod)
      policy.at('periodSeconds').invalid(`must be less than or equal to ${longestPeriod}`);
  }
}

export const leases: FieldRules = {
  check(lease) {
    const spec = lease.at('spec');
    const duration = spec.at('leaseDurationSeconds');
    if (duration.isSet && (duration.number ?? 1) <= 0) duration.invalid('must be greater than 0');
    spec.at('leaseTransitions').notNegative();
    const holder = spec.at('holderIdentity');
    if (holder.isSet && holder.text === '') holder.invalid('must not be empty', '');
  },
};

export const priorityClasses: FieldRules = {
  check(priority, before) {
    const [name, value] = [priority.at('metadata', 'name'), priority.at('value')];
    const ofSystem = name.text.startsWith('system-');
    if (ofSystem && !['system-node-critical', 'system-cluster-critical'].includes(name.text)) {
      const why = `${name.text} is not a known system priority class`;
      name.forbidden(
        `priority class names with 'system-' prefix are reserved for system use only. error: ${why}`,
      );
    } else if (!ofSystem && (value.number ?? 0) > highestPriority) {
      value.forbidden(`maximum allowed value of a user defined priority is ${highestPriority}`);
    }
    priority.at('preemptionPolicy').oneOf(['Never', 'PreemptLowerPriority']);
    if (before && (value.number ?? 0) !== (before.at('value').number ?? 0))
      value.forbidden('may not be changed in an update.');
  },
};
