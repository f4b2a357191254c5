import process from 'node:process';
import { Writable } from 'node:stream';
import pino, { type DestinationStream, type Logger } from 'pino';
import type { PlatformConfig } from '#platform/config.ts';
import { LogSink, type LogSinkOptions } from '#platform/log-sink.ts';
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
  /** How many lines could not be written. */
  readonly lostLines: () => number;
}

/** A logger whose lines, those of requests included, are JSON for machines or text for people. */
export async function createLogging({ config, service, stdout }: LoggingOptions): Promise<Logging> {
  const options = {
    level: config.LOG_LEVEL,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const { fd } = stdout;
  const sink = fd === undefined ? undefined : new LogSink({ fd, account: accountOf(service) });
  const isText = config.LOG_FORMAT === 'text';
  const destination = isText ? await textStream(stdout, sink) : jsonStream(stdout, sink);
  const logger = pino(options, destination);
  const requestLog = createRequestLog({ logger, service, destination });
  return { logger, requestLog, lostLines: () => sink?.lost ?? 0 };
}

/** In the form of the logger's own lines. */
function accountOf(service: string): LogSinkOptions['account'] {
  return ({ lines, reason }) => {
    const time = new Date().toISOString();
    const msg = 'log lines were lost: they could not be written';
    return `${JSON.stringify({ level: 'warn', time, service, lines, reason, msg })}\n`;
  };
}

/**
 * Writes in the background, many lines at once: one write per line costs a third of a request, and a slow reader
 * of the log must not stop the service. What is buffered is written when the process ends, too.
 */
function jsonStream(stdout: LoggingOptions['stdout'], sink: LogSink | undefined): DestinationStream {
  return sink ? lineBuffer(sink, { size: 16 << 10, delay: 100 }) : stdout;
}

/** Loaded only on demand: it takes as long to load as the rest of logging. */
async function textStream(
  stdout: LoggingOptions['stdout'],
  sink: LogSink | undefined,
): Promise<DestinationStream> {
  const { PinoPretty } = await import('pino-pretty');
  process.once('exit', () => sink?.flushSync());
  const colorize = 'isTTY' in stdout && stdout.isTTY === true;
  return PinoPretty({
    destination: sink ? streamInto(sink) : stdout,
    colorize,
    singleLine: true,
    translateTime: 'HH:MM:ss.l',
    ignore: 'service',
  });
}

function streamInto(sink: LogSink): Writable {
  return new Writable({
    decodeStrings: false,
    write(text, _encoding, done) {
      sink.write(String(text));
      done();
    },
    final: (done) => sink.flush(done),
  });
}

/** Resolves once everything logged so far is written. */
export function flushed(logger: Logger): Promise<void> {
  return new Promise((resolve) => logger.flush(() => resolve()));
}

type Sink = Pick<LogSink, 'write' | 'flush' | 'flushSync'>;

interface LineBufferOptions {
  /** Lines are passed on as soon as they have this many characters. */
  readonly size: number;
  /** They are passed on at the latest after this many milliseconds. */
  readonly delay: number;
}

/** A destination for pino that can be flushed. */
interface LineBuffer extends DestinationStream {
  flush(done: () => void): void;
}

/** Collects lines and passes them on many at a time. */
export function lineBuffer(sink: Sink, { size, delay }: LineBufferOptions): LineBuffer {
  let pending = '';
  let timer: NodeJS.Timeout | undefined;
  function handOn(): void {
    clearTimeout(timer);
    timer = undefined;
    if (pending === '') return;
    const text = pending;
    pending = '';
    sink.write(text);
  }
  // A process that ends by itself, or by an exception, has its last lines written too.
  process.once('exit', () => {
    handOn();
    sink.flushSync();
  });
  return {
    write(line) {
      pending += line;
      if (pending.length >= size) handOn();
      else timer ??= setTimeout(handOn, delay).unref();
    },
    flush(done) {
      handOn();
      sink.flush(done);
    },
  };
}
