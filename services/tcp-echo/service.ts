import { once } from 'node:events';
import { EXIT_CONFIG, formatMistakes, readEnvironment } from '#platform/environment.ts';
import { createLogging, flushed } from '#platform/logging.ts';
import { localPort } from '#platform/port-map.ts';
import type { ServiceProcess } from '#platform/service.ts';
import { type EchoArguments, parseArguments, USAGE } from '#services/tcp-echo/arguments.ts';
import { type TcpEchoConfig, tcpEchoVariables } from '#services/tcp-echo/config.ts';
import { EchoServer } from '#services/tcp-echo/echo-server.ts';

/** A process, or a test's stand-in for it, with its command line. */
export interface EchoProcess extends Pick<ServiceProcess, 'env' | 'stdout' | 'stderr' | 'stop'> {
  readonly args: readonly string[];
  /** Told the ports, in the order of the arguments, once all are listened on. */
  readonly listening?: (ports: readonly number[]) => void;
}

const NAME = 'tcp-echo';

/**
 * Runs tcp-echo until it is told to stop.
 *
 * @returns the exit code: 0 after a clean drain, 1 when connections had to be cut off or a port cannot be had, 2 for
 * mistaken arguments, 78 for a mistaken environment.
 */
export async function runTcpEcho(process: EchoProcess): Promise<number> {
  const environment = readEnvironment(tcpEchoVariables, process.env);
  if (!environment.ok) {
    process.stderr.write(formatMistakes(NAME, environment.mistakes));
    return EXIT_CONFIG;
  }
  const { config } = environment;
  const args = parseArguments(process.args, config.PORT);
  if (!args) {
    process.stderr.write(`${NAME} cannot start with ${process.args.join(' ')}: must be ${USAGE}\n`);
    return 2;
  }
  const service = config.SERVICE_NAME ?? NAME;
  const { logger } = await createLogging({ config, service, stdout: process.stdout });
  const server = new EchoServer({ prefix: args.prefix, logger });
  try {
    const ports = await listen(server, { config, args }).catch((error: Error) => error);
    if (ports instanceof Error) {
      process.stderr.write(`${service} cannot listen: ${ports.message}\n`);
      server.close();
      return 1;
    }
    logger.info({ ports, prefix: args.prefix }, 'listening');
    process.listening?.(ports);
    if (!process.stop.aborted) await once(process.stop, 'abort');
    logger.info('draining');
    const clean = await server.drain({ delayMs: config.SHUTDOWN_DELAY, timeoutMs: config.SHUTDOWN_TIMEOUT });
    logger[clean ? 'info' : 'warn'](clean ? 'drained' : 'cut off connections within a line');
    return clean ? 0 : 1;
  } finally {
    await flushed(logger);
  }
}

interface Listening {
  readonly config: TcpEchoConfig;
  readonly args: EchoArguments;
}

async function listen(server: EchoServer, { config, args }: Listening): Promise<number[]> {
  const host = config.HOST ?? (config.PORT_MAP ? '127.0.0.1' : '0.0.0.0');
  const ports: number[] = [];
  for (const declared of args.ports)
    ports.push(await server.listen({ host, port: localPort(declared, config.PORT_MAP), declared }));
  return ports;
}
