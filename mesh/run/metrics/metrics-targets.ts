import { ENVOY_PATH, type MetricsTarget } from '#mesh/metrics/targets.ts';
import type { RunningProxy } from '#mesh/run/apply/proxies.ts';
import type { PodPlan } from '#mesh/run/pods/pod-plan.ts';

export interface ScrapedMesh {
  readonly pods: readonly { readonly plan: PodPlan }[];
  readonly dataPlane: { readonly gateway: RunningProxy | undefined };
}

/** What a mesh has to show: the sidecars, the gateway's Envoy, and programs whose pods are annotated for Prometheus. */
export function metricsTargets({ pods, dataPlane }: ScrapedMesh): MetricsTarget[] {
  return [
    ...pods.flatMap(({ plan }) => [...sidecarOf(plan), ...programOf(plan)]),
    ...gatewayOf(dataPlane.gateway),
  ];
}

function sidecarOf(plan: PodPlan): MetricsTarget[] {
  const port = plan.sidecar?.adminPort;
  return port === undefined ? [] : [{ port, path: ENVOY_PATH, isEnvoy: true, labels: labelsOf(plan) }];
}

/** As in Istio, the annotations say whether, at which of the program's ports, and where (80 and `/metrics`). */
function programOf(plan: PodPlan): MetricsTarget[] {
  const { annotations, ports } = plan;
  const wanted = Number(annotations['prometheus.io/port'] ?? 80);
  const port = ports.find(({ containerPort }) => containerPort === wanted)?.appPort;
  if (annotations['prometheus.io/scrape'] !== 'true' || port === undefined) return [];
  const path = annotations['prometheus.io/path'] ?? '/metrics';
  return [{ port, path, isEnvoy: false, labels: labelsOf(plan) }];
}

function labelsOf({ name, namespace, labels }: PodPlan): MetricsTarget['labels'] {
  const { app, version } = labels;
  return { pod: name, namespace, ...(app && { app }), ...(version && { version }) };
}

function gatewayOf(gateway: RunningProxy | undefined): MetricsTarget[] {
  if (!gateway) return [];
  const { name, admin } = gateway.process;
  const at = name.lastIndexOf('.');
  const labels = { pod: name.slice(0, at), namespace: name.slice(at + 1), app: 'istio-ingressgateway' };
  return [{ port: admin.port, path: ENVOY_PATH, isEnvoy: true, labels }];
}
