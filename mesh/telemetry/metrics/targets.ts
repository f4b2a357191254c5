import { getLocal, type LocalAddress } from '#mesh/serve/get-local.ts';
import { type Exposition, mergeExpositions } from '#mesh/telemetry/metrics/exposition.ts';
import { withIstioNames } from '#mesh/telemetry/metrics/istio-names.ts';

/** Something on this machine that shows metrics. */
export type MetricsTarget = LocalAddress & {
  readonly path: string;
  /** Whether it is an Envoy, of whose statistics only Istio's metrics are of interest. */
  readonly isEnvoy: boolean;
  /** Which pod it is: added to its samples. */
  readonly labels: Readonly<Record<string, string>>;
};

/** A program that hangs must not keep the others from being seen. */
const TIMEOUT = 2_000;

/** Istio's metrics only: Envoy has thousands of others, at its admin interface. */
export const ENVOY_PATH = '/stats?format=prometheus&filter=^istio_';

/** The metrics of all targets as one text. Targets that do not answer are left out. */
export async function scrape(targets: readonly MetricsTarget[]): Promise<string> {
  const found = await Promise.all(targets.map(ask));
  return mergeExpositions(found.flatMap((exposition) => exposition ?? []));
}

async function ask({ isEnvoy, labels, ...where }: MetricsTarget): Promise<Exposition | undefined> {
  try {
    const { status, text } = await getLocal({ ...where, timeout: TIMEOUT });
    return status === 200 ? { text: isEnvoy ? withIstioNames(text) : text, labels } : undefined;
  } catch {
    // It is starting, ending, or has no metrics.
    return undefined;
  }
}

/** A prometheus.yml that scrapes a running mesh; `url` is its metrics endpoint. */
export function prometheusConfig(url: string): string {
  const { host, pathname } = new URL(url);
  return `global:
  scrape_interval: 5s
scrape_configs:
  - job_name: mesh101
    honor_labels: true
    metrics_path: ${pathname}
    static_configs:
      - targets: ["${host}"]
`;
}
