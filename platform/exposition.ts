import { type OpenMetricsContentType, type PrometheusContentType, Registry } from 'prom-client';

/** Metrics as text. */
export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

type Format = OpenMetricsContentType | PrometheusContentType;

/**
 * Writes a registry in the format that a client asks for: OpenMetrics, with exemplars, or Prometheus' older text format,
 * which has none. prom-client settles the format once for a registry, and writing OpenMetrics takes `_total` off the
 * names of its counters for good; so names are restored, and only one client is served at a time.
 */
export function exposition(
  registry: Registry<OpenMetricsContentType>,
): (accept: string | undefined) => Promise<Exposition> {
  const names = new Map(registry.getMetricsAsArray().map((metric) => [metric, metric.name]));
  let turn: Promise<unknown> = Promise.resolve();
  const write = async (format: Format): Promise<Exposition> => {
    for (const metric of registry.getMetricsAsArray()) {
      const name = names.get(metric) ?? metric.name;
      names.set(metric, name);
      metric.name = name;
    }
    setFormat(registry, format);
    return { contentType: format, text: await registry.metrics() };
  };
  return (accept) => {
    const format = prefersOpenMetrics(accept) ? OPEN_METRICS : PLAIN;
    const written = turn.then(() => write(format));
    turn = written.catch(() => {});
    return written;
  };
}

/** Its type fixes the format, since metrics with exemplars can only be made in this one. */
function setFormat(registry: unknown, format: Format): void {
  (registry as Registry<Format>).setContentType(format);
}

const OPEN_METRICS = Registry.OPENMETRICS_CONTENT_TYPE;
const PLAIN = Registry.PROMETHEUS_CONTENT_TYPE;

/** Prometheus names versions and escapings that differ from release to release; what counts is the type. */
export function prefersOpenMetrics(accept = ''): boolean {
  return weight(accept, 'application/openmetrics-text') > weight(accept, 'text/plain');
}

function weight(accept: string, type: string): number {
  const weights = accept
    .split(',')
    .map((range) => range.split(';').map((part) => part.trim().toLowerCase()))
    .filter(([name]) => name === type)
    .map(([, ...parameters]) => Number(parameters.find((text) => text.startsWith('q='))?.slice(2) ?? 1));
  return Math.max(0, ...weights);
}
