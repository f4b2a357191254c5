import { once } from 'node:events';
import { createMetricsServer } from '#mesh/metrics/metrics-server.ts';
import type { MetricsTarget } from '#mesh/metrics/targets.ts';
import type { Ports } from '#mesh/run/ports/ports.ts';

/** Where an Istio proxy shows its metrics; a second mesh on the machine takes the next free port. */
const WANTED_PORT = 15_090;

export interface MeshMetrics {
  /** One place for Prometheus to scrape the whole mesh from. */
  readonly url: string;
  stop(): void;
}

/** Shows the metrics of all pods on this machine's loopback. */
export async function serveMetrics(
  ports: Ports,
  targets: () => readonly MetricsTarget[],
): Promise<MeshMetrics> {
  const port = await ports.leaseFrom(WANTED_PORT);
  const server = createMetricsServer(targets);
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
