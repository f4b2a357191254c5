import type { Invocation } from '#mesh/cli/context.ts';
import { formatColumns, formatJson } from '#mesh/cli/output/output.ts';
import { CommandFailure } from '#mesh/cli/usage-error.ts';
import { prometheusConfig } from '#mesh/telemetry/metrics/targets.ts';
import { type Traffic, trafficOf } from '#mesh/telemetry/metrics/traffic.ts';

export interface MetricsFlags {
  readonly output?: 'json' | 'prometheus';
  readonly prometheusConfig?: boolean;
}

/** `mesh metrics`: the requests between the workloads of the running mesh. */
export async function metrics({ context, options }: Invocation<MetricsFlags>): Promise<number> {
  const client = await context.connect();
  const { metricsUrl } = await client.overview();
  if (metricsUrl === undefined) throw new CommandFailure('error: this mesh has no metrics; start it again');
  if (options.prometheusConfig) {
    context.stdout.write(prometheusConfig(metricsUrl));
    return 0;
  }
  const { status, text } = await context.fetchText(metricsUrl);
  if (status !== 200) throw new CommandFailure(`error: ${metricsUrl} answers ${status}`);
  context.stdout.write(formatted(text, options.output));
  return 0;
}

function formatted(exposition: string, output: MetricsFlags['output']): string {
  if (output === 'prometheus') return exposition;
  const traffic = trafficOf(exposition);
  if (output === 'json') return formatJson(traffic);
  if (traffic.length === 0) return 'No requests so far.\n';
  const header = ['SOURCE', 'DESTINATION', 'SERVICE', 'REQUESTS', 'ERRORS', 'P50', 'P99'];
  return formatColumns([header, ...traffic.map(row)]);
}

function row({ source, destination, service, requests, errors, p50, p99 }: Traffic): string[] {
  const share = `${((100 * errors) / requests).toFixed(1)} %`;
  return [source, destination, service, String(requests), share, duration(p50), duration(p99)];
}

function duration(milliseconds: number | undefined): string {
  return milliseconds === undefined ? '-' : `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`;
}
