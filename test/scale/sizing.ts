export type Figures = Readonly<Record<FigureName, { readonly value: number }>>;

type FigureName =
  | 'hops'
  | 'serviceCpu'
  | 'serviceMemory'
  | 'sidecarCpu'
  | 'istioSidecarCpu'
  | 'sidecarMemory'
  | 'gatewayCpu'
  | 'serviceCores'
  | 'sidecarCores'
  | 'utilisation'
  | 'leastPods'
  | 'nodeCores'
  | 'nodeMemory'
  | 'serviceLog'
  | 'proxyLog'
  | 'proxyLogLines'
  | 'spans'
  | 'sampling'
  | 'serviceSeries'
  | 'proxySeries'
  | 'podsPerIstiod';

/** What a number of requests per second through the chain needs. Cores and memory are those used, with the margin. */
export interface Sizing {
  readonly perSecond: number;
  /** Of the three services together; each has a sidecar. */
  readonly pods: number;
  readonly gateways: number;
  readonly istiods: number;
  readonly serviceCores: number;
  readonly sidecarCores: number;
  /** With Istio's figure in place of ours. */
  readonly istioSidecarCores: number;
  readonly gatewayCores: number;
  readonly cores: number;
  readonly memoryGigabytes: number;
  readonly nodes: number;
  readonly logGigabytesPerHour: number;
  readonly spansPerSecond: number;
  /** That Prometheus holds. */
  readonly series: number;
}

/** Requests per second that one pod can be planned with: its program's share or its sidecar's, whichever is less. */
export function podCapacity(figures: Figures): number {
  const { hops, serviceCpu, serviceCores, sidecarCpu, sidecarCores, utilisation } = valuesOf(figures);
  const program = serviceCores / ((serviceCpu / hops) * 1e-6);
  const sidecar = sidecarCores / (sidecarCpu * 1e-6);
  return utilisation * Math.min(program, sidecar);
}

/** Requests per second that one gateway pod can be planned with. */
export function gatewayCapacity(figures: Figures): number {
  const { gatewayCpu, sidecarCores, utilisation } = valuesOf(figures);
  return (utilisation * sidecarCores) / (gatewayCpu * 1e-6);
}

export function size(perSecond: number, figures: Figures): Sizing {
  const v = valuesOf(figures);
  const each = (capacity: number) => Math.max(v.leastPods, Math.ceil(perSecond / capacity));
  const pods = v.hops * each(podCapacity(figures));
  const gateways = each(gatewayCapacity(figures));
  const cores = (microseconds: number) => (perSecond * microseconds * 1e-6) / v.utilisation;
  const serviceCores = cores(v.serviceCpu);
  const sidecarCores = cores(v.hops * v.sidecarCpu);
  const gatewayCores = cores(v.gatewayCpu);
  const allCores = serviceCores + sidecarCores + gatewayCores;
  const megabytes = pods * (v.serviceMemory + v.sidecarMemory) + gateways * v.sidecarMemory;
  const bytesPerRequest = v.hops * v.serviceLog + v.proxyLogLines * v.proxyLog;
  return {
    ...{ perSecond, pods, gateways, serviceCores, sidecarCores, gatewayCores, cores: allCores },
    istioSidecarCores: cores(v.hops * v.istioSidecarCpu),
    istiods: Math.max(v.leastPods, Math.ceil((pods + gateways) / v.podsPerIstiod)),
    memoryGigabytes: megabytes / 1e3,
    nodes: Math.max(v.leastPods, Math.ceil(Math.max(allCores / v.nodeCores, megabytes / v.nodeMemory))),
    logGigabytesPerHour: (perSecond * 3_600 * bytesPerRequest) / 1e9,
    series: pods * (v.serviceSeries + v.proxySeries) + gateways * v.proxySeries,
    spansPerSecond: perSecond * v.sampling * v.spans,
  };
}

function valuesOf(figures: Figures): Readonly<Record<FigureName, number>> {
  const values = Object.entries(figures).map(([name, { value }]) => [name, value]);
  return Object.fromEntries(values) as Record<FigureName, number>;
}
