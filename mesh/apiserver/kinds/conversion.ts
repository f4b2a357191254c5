import { type DraftObject, isObject, type KubernetesObject } from '#mesh/apiserver/object.ts';

type Data = Readonly<Record<string, unknown>>;

/**
 * The versions of a kind have the same fields, but for HorizontalPodAutoscaler: in autoscaling/v1 the wanted use of the
 * CPU is a separate field; in v2, which is stored, it is one of the metrics.
 */
export function toStored(object: DraftObject): DraftObject {
  const spec = autoscalerSpec(object);
  const percent = spec?.['targetCPUUtilizationPercentage'];
  if (spec === undefined || percent === undefined) return object;
  const { targetCPUUtilizationPercentage: _, ...rest } = spec;
  const others = metricsOf(spec).filter((metric) => cpuUse(metric) === undefined);
  const target = { type: 'Utilization', averageUtilization: percent };
  const metrics = [...others, { type: 'Resource', resource: { name: 'cpu', target } }];
  return { ...object, spec: { ...rest, metrics } };
}

/** An object as a version other than the stored one shows it. Metrics that v1 has no field for stay where they are. */
export function inApiVersion(object: KubernetesObject, apiVersion: string): KubernetesObject {
  if (object.apiVersion === apiVersion) return object;
  const shown = { ...object, apiVersion };
  const spec = apiVersion === 'autoscaling/v1' ? autoscalerSpec(shown) : undefined;
  const cpu = spec && metricsOf(spec).find((metric) => cpuUse(metric) !== undefined);
  if (!spec || !cpu) return shown;
  const { metrics: _, ...rest } = spec;
  const others = metricsOf(spec).filter((metric) => metric !== cpu);
  return {
    ...shown,
    spec: {
      ...rest,
      ...(others.length > 0 && { metrics: others }),
      targetCPUUtilizationPercentage: cpuUse(cpu),
    },
  };
}

function autoscalerSpec({ apiVersion, kind, spec }: DraftObject): Data | undefined {
  const isAutoscaler = kind === 'HorizontalPodAutoscaler' && apiVersion.startsWith('autoscaling/');
  return isAutoscaler && isObject(spec) ? spec : undefined;
}

function metricsOf({ metrics }: Data): readonly Data[] {
  return Array.isArray(metrics) ? metrics.filter(isObject) : [];
}

/** The percentage of a metric that v1 has a field for. */
function cpuUse({ type, resource }: Data): unknown {
  if (type !== 'Resource' || !isObject(resource) || resource['name'] !== 'cpu') return undefined;
  return isObject(resource['target']) ? resource['target']['averageUtilization'] : undefined;
}
