import { z } from 'zod';
import { platformVariables, port } from '#platform/config.ts';

/** Of the variables that every service understands those that make sense without HTTP. */
export const tcpEchoVariables = z.object({
  ...platformVariables.pick({
    SERVICE_NAME: true,
    HOST: true,
    PORT_MAP: true,
    LOG_FORMAT: true,
    LOG_LEVEL: true,
    SHUTDOWN_DELAY: true,
    SHUTDOWN_TIMEOUT: true,
  }).shape,
  /** Where the command line names no ports. */
  PORT: port().optional(),
});

export type TcpEchoConfig = z.output<typeof tcpEchoVariables>;
