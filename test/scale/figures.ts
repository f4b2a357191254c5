/** What a number rests on. */
export interface Figure {
  readonly value: number;
  readonly unit: string;
  readonly source: string;
}

const benchmarks = 'measured: [benchmarks.md](benchmarks.md)';
const sidecars = 'measured: `make bench ONLY=sidecars`, below';
const memory = 'measured: the most of any on the one-node cluster';
const logs = 'measured: lines on the one-node cluster';
const series = 'measured: counted on the one-node cluster';
const istio = '[Istio](https://istio.io/latest/docs/ops/deployment/performance-and-scalability/)';
const assumed = 'assumed';

/** Everything that the sizing starts from. */
export const FIGURES = {
  hops: { value: 3, unit: 'services on the way of a request', source: '`k8s/chain.yaml`' },
  serviceCpu: { value: 160, unit: 'µs of CPU per request, the three services together', source: benchmarks },
  serviceMemory: { value: 71, unit: 'MB per service under load', source: memory },
  sidecarCpu: { value: 300, unit: 'µs of CPU per request and sidecar', source: sidecars },
  istioSidecarCpu: {
    value: 200,
    unit: "µs of CPU per request and sidecar, by Istio's measurement",
    source: istio,
  },
  sidecarMemory: { value: 39, unit: 'MB per sidecar', source: memory },
  gatewayCpu: { value: 180, unit: 'µs of CPU per request at the gateway', source: sidecars },
  serviceCores: { value: 1, unit: 'core that a Node process can fill', source: 'one main thread' },
  sidecarCores: {
    value: 2,
    unit: 'cores that a sidecar or gateway may fill',
    source: "Istio's default limit",
  },
  utilisation: { value: 0.6, unit: 'of which is planned with', source: '`k8s/scale.yaml`' },
  leastPods: { value: 2, unit: 'pods of each, so that one may go', source: '`k8s/scale.yaml`' },
  nodeCores: { value: 7, unit: 'usable cores of a node with 8', source: assumed },
  nodeMemory: { value: 28_000, unit: 'usable MB of a node with 32 GB', source: assumed },
  serviceLog: { value: 230, unit: 'bytes per line of a service, one line per request', source: logs },
  proxyLog: { value: 285, unit: 'bytes per line of an Envoy', source: logs },
  proxyLogLines: {
    value: 7,
    unit: 'lines of Envoys per request',
    source: 'each sidecar in and out, and the gateway',
  },
  spans: { value: 10, unit: 'spans per traced request', source: 'services 3, sidecars 6, gateway 1' },
  sampling: { value: 0.01, unit: 'of the requests are traced', source: "Istio's default of 1 %" },
  serviceSeries: { value: 171, unit: 'series at `/metrics` of a service', source: series },
  proxySeries: { value: 424, unit: "series of an Envoy, without Istio's own", source: series },
  podsPerIstiod: {
    value: 2_000,
    unit: 'pods for an istiod with 1 core and 1.5 GB',
    source: istio,
  },
} as const satisfies Record<string, Figure>;
