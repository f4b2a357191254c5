import { type Exposition, mergeExpositions } from '#mesh/metrics/exposition.ts';
import { withIstioNames } from '#mesh/metrics/istio-names.ts';

/** Something on this machine that shows metrics. */
export interface MetricsTarget {
  readonly port: number;
  readonly path: string;
  /** Whether it is an Envoy, of whose statistics only Istio's metrics are of interest. */
  readonly isEnvoy: boolean;
  /** Which pod it is: added to its samples. */
  readonly labels: Readonly<Record<string, string>>;
}

/** A program that hangs must not keep the others from being seen. */
const TIMEOUT = 2_000;

/** Istio's metrics only: Envoy has thousands of others, at its admin interface. */
export const ENVOY_PATH = '/stats?format=prometheus&filter=^istio_';

/** The metrics of all targets as one text. Targets that do not answer are left out. */
export async function scrape(targets: readonly MetricsTarget[]): Promise<string> {
  const found = await Promise.all(targets.map(ask));
  return mergeExpositions(found.flatMap((exposition) => exposition ?? []));
}

async function ask({ port, path, isEnvoy, labels }: MetricsTarget): Promise<Exposition | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(TIMEOUT) });
    const text = await response.text();
    return response.ok ? { text: isEnvoy ? withIstioNames(text) : text, labels } : undefined;
  } catch {
    // It is starting, ending, or has no metrics.
    return undefined;
  }
}
