import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Writable } from 'node:stream';
import type { Express } from 'express';
import type { z } from 'zod';
import type { PlatformConfig } from '#platform/config.ts';
import { createDownstream, type Downstream } from '#platform/downstream.ts';
import { type Environment, EXIT_CONFIG, formatMistakes, readEnvironment } from '#platform/environment.ts';
import { expressClasses } from '#platform/express-classes.ts';
import { createLogging, flushed, type Logger, type Logging } from '#platform/logging.ts';
import { createMetrics, logMetrics, type Metrics } from '#platform/metrics.ts';
import { localPort } from '#platform/port-map.ts';
import { Readiness } from '#platform/probes.ts';
import { createRandom, type Random } from '#platform/random.ts';
import { serve } from '#platform/serving.ts';
import { headersTracing } from '#platform/tracing/headers.ts';
import type { Tracing } from '#platform/tracing/tracing.ts';
import type { ExportState } from '#platform/tracing/watched-exporter.ts';

/** What the platform gives a service. */
export interface Platform<C = PlatformConfig> extends Logging {
  readonly config: C;
  readonly name: string;
  readonly metrics: Metrics;
  readonly random: Random;
  readonly readiness: Readiness;
  readonly downstream: Downstream;
  readonly tracing: Tracing;
  /** Closed after the last request is answered. */
  readonly atEnd: (() => Promise<void>)[];
}

/** A service: its variables and its app. */
export interface Service<C extends PlatformConfig> {
  /** Its name if SERVICE_NAME is not set. */
  readonly name: string;
  readonly variables: z.ZodType<C>;
  createApp(platform: Platform<C>): Express;
}

/** The process that a service runs in, or a test's stand-in for it. */
export interface ServiceProcess {
  readonly env: Environment;
  readonly stdout: Writable & { readonly fd?: number };
  readonly stderr: Writable;
  /** Aborts when the service is to drain and end. */
  readonly stop: AbortSignal;
  /** Started before the service was loaded; without it, the service forwards headers by hand. */
  readonly tracing?: Tracing;
  /** Called with the port once the service listens on it. */
  readonly listening?: (port: number) => void;
}

/**
 * How long spans in the queue may take, in milliseconds. Together with the delay and the time-out of the shutdown, less than the 30 s that
 * Kubernetes waits.
 */
const FLUSH_TIMEOUT = 5_000;

/**
 * Runs a service until it is told to stop.
 *
 * @returns the exit code: 0 after a clean drain, 1 when requests had to be cut off or the port is taken, 78 for a
 * mistake in the environment.
 */
export async function runService<C extends PlatformConfig>(
  service: Service<C>,
  process: ServiceProcess,
): Promise<number> {
  const environment = readEnvironment(service.variables, process.env);
  if (!environment.ok) {
    process.stderr.write(formatMistakes(service.name, environment.mistakes));
    return EXIT_CONFIG;
  }
  const platform = await createPlatform(service.name, environment.config, process);
  try {
    return await serveUntilStopped(platform, service.createApp(platform), process);
  } finally {
    await Promise.all(platform.atEnd.map((close) => close()));
    await platform.downstream.close();
    await platform.tracing.shutdown(Math.min(FLUSH_TIMEOUT, environment.config.SHUTDOWN_TIMEOUT));
    await flushed(platform.logger);
  }
}

async function createPlatform<C extends PlatformConfig>(
  fallbackName: string,
  config: C,
  { stdout, tracing = headersTracing }: ServiceProcess,
): Promise<Platform<C>> {
  const name = config.SERVICE_NAME ?? fallbackName;
  const metrics = createMetrics({ service: name, version: projectVersion(), exports: tracing.exports });
  const logging = await createLogging({ config, service: name, stdout });
  logMetrics(metrics.registry, logging);
  logOutages(logging.logger, tracing.exports);
  const downstream = createDownstream({ config, metrics: metrics.client });
  return {
    ...logging,
    config,
    name,
    metrics,
    random: createRandom({ seed: config.RAND_SEED, name }),
    readiness: new Readiness({ delay: config.READY_CHECK_RESPONSE_DELAY }),
    downstream: tracing.spans?.calls(downstream) ?? downstream,
    tracing,
    atEnd: [],
  };
}

/** One line when a collector is lost and one when it is back; /metrics counts what it cost. */
function logOutages(logger: Logger, exports: readonly ExportState[]): void {
  for (const state of exports)
    state.onChange = ({ down, reason }) => {
      const { exporter } = state;
      if (down) logger.warn({ exporter, reason }, 'spans are lost: the collector does not take them');
      else logger.info({ exporter }, 'the collector takes spans again');
    };
}

async function serveUntilStopped(platform: Platform, app: Express, process: ServiceProcess): Promise<number> {
  const { config, logger, readiness } = platform;
  const host = config.HOST ?? (config.PORT_MAP ? '127.0.0.1' : '0.0.0.0');
  const port = localPort(config.PORT, config.PORT_MAP);
  const options = { handler: app, classes: expressClasses(app), host, port, readiness };
  const serving = await serve(options).catch((error: Error) => error);
  if (serving instanceof Error) {
    process.stderr.write(`${platform.name} cannot listen on ${host}:${port}: ${serving.message}\n`);
    return 1;
  }
  logger.info({ host, port: serving.port }, 'listening');
  process.listening?.(serving.port);
  if (!process.stop.aborted) await once(process.stop, 'abort');
  logger.info('draining');
  const clean = await serving.drain({ delayMs: config.SHUTDOWN_DELAY, timeoutMs: config.SHUTDOWN_TIMEOUT });
  logger[clean ? 'info' : 'warn'](clean ? 'drained' : 'cut off requests that took too long to drain');
  return clean ? 0 : 1;
}

function projectVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
