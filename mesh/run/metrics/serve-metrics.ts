import { once } from 'node:events';
import type { PodPlan } from '#mesh/kubelet/pods/pod-plan.ts';
import type { Ports } from '#mesh/kubelet/ports/ports.ts';
import { createMetricsServer, type MetricsServerOptions } from '#mesh/telemetry/metrics/metrics-server.ts';
import { ENVOY_PATH, type MetricsTarget } from '#mesh/telemetry/metrics/targets.ts';

/** Where an Istio proxy shows its metrics; a second mesh on the machine takes the next free port. */
const WANTED_PORT = 15_090;

export interface MeshMetrics {
  /** One place for Prometheus to scrape the whole mesh from. */
  readonly url: string;
  stop(): void;
}

interface ServeMetricsOptions extends MetricsServerOptions {
  readonly ports: Ports;
}

/** Shows the metrics of all pods on this machine's loopback. */
export async function serveMetrics({ ports, ...options }: ServeMetricsOptions): Promise<MeshMetrics> {
  const port = await ports.leaseFrom(WANTED_PORT);
  const server = createMetricsServer(options);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://localhost:${port}/stats/prometheus`,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

interface Envoy {
  readonly admin: { readonly socketPath: string };
}

interface ScrapedMesh {
  readonly pods: readonly { readonly plan: PodPlan; readonly proxy?: Envoy | undefined }[];
}

/** The sources of a mesh's metrics: the Envoys of pods and gateways, and programs whose pods are annotated for Prometheus. */
export function metricsTargets({ pods }: ScrapedMesh): MetricsTarget[] {
  return pods.flatMap(({ plan, proxy }) => [...envoyOf(plan, proxy), ...programOf(plan)]);
}

function envoyOf(plan: PodPlan, proxy: Envoy | undefined): MetricsTarget[] {
  if (!proxy) return [];
  const { socketPath } = proxy.admin;
  return [{ socketPath, path: ENVOY_PATH, isEnvoy: true, labels: labelsOf(plan) }];
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
