import type { Writable } from 'node:stream';
import pino, { type DestinationStream, type Logger } from 'pino';
import type { PlatformConfig } from '#platform/config.ts';
import { lineBuffer } from '#platform/line-buffer.ts';
import { createRequestLog, type RequestLog } from '#platform/request-log.ts';

export type { Logger };

interface LoggingOptions {
  readonly config: Pick<PlatformConfig, 'LOG_FORMAT' | 'LOG_LEVEL'>;
  readonly service: string;
  readonly stdout: Writable & { readonly fd?: number };
}

export interface Logging {
  readonly logger: Logger;
  readonly requestLog: RequestLog;
}

/** A logger whose lines are JSON objects for machines, or text for people, and the requests' lines among them. */
export async function createLogging({ config, service, stdout }: LoggingOptions): Promise<Logging> {
  const options = {
    level: config.LOG_LEVEL,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const destination = config.LOG_FORMAT === 'text' ? await textStream(stdout) : jsonStream(stdout);
  const logger = pino(options, destination);
  return { logger, requestLog: createRequestLog({ logger, service, destination }) };
}

/**
 * Writes behind the requests' backs, many lines at once: a write per line costs a third of a request, and a slow reader
 * of the log must not stop the service. What is buffered is written when the process ends, too.
 */
function jsonStream(stdout: LoggingOptions['stdout']): DestinationStream {
  if (stdout.fd === undefined) return stdout;
  const { fd } = stdout;
  // It reports what is flushed only when it is told to buffer at all.
  const sink = pino.destination({ fd, sync: false, minLength: 1, maxWrite: 64 << 10 });
  return lineBuffer(sink, { size: 16 << 10, delay: 100 });
}

/** Loaded only when asked for: it takes as long to load as the rest of logging. */
async function textStream(stdout: LoggingOptions['stdout']): Promise<DestinationStream> {
  const { PinoPretty } = await import('pino-pretty');
  const colorize = 'isTTY' in stdout && stdout.isTTY === true;
  return PinoPretty({
    destination: stdout,
    colorize,
    singleLine: true,
    translateTime: 'HH:MM:ss.l',
    ignore: 'service',
  });
}

/** Resolves once everything logged so far is written. */
export function flushed(logger: Logger): Promise<void> {
  return new Promise((resolve) => logger.flush(() => resolve()));
}
