import { z } from 'zod';
import { port } from '#platform/config.ts';
import { variable } from '#platform/environment.ts';
import { PORT_MAP_FORM, parsePortMap } from '#platform/port-map.ts';

/** The variables of Gateway API's conformance image echo-basic, under its own names. */
export const echoVariables = z.object({
  HTTP_PORT: port().default(3000),
  /** HTTP/2 without TLS. */
  H2C_PORT: port().default(3001),
  HTTPS_PORT: port().default(8443),
  /** PEM files; HTTPS is served when both are named. */
  TLS_SERVER_CERT: z.string().optional(),
  TLS_SERVER_PRIVKEY: z.string().optional(),
  /** What the image's TCP server calls its key. */
  TLS_SERVER_PRIV_KEY: z.string().optional(),
  /** A PEM file: the authorities that may sign clients' certificates. A client without a certificate also gets an answer. */
  TLS_CLIENT_CACERTS: z.string().optional(),
  /** Answer gRPC, or plain connections, in place of HTTP. */
  GRPC_ECHO_SERVER: z.string().optional(),
  TCP_ECHO_SERVER: z.string().optional(),
  TCP_PORT: port().default(3000),
  TLS_PORT: port().default(8443),
  /** What every answer says about the server. */
  NAMESPACE: z.string().default(''),
  INGRESS_NAME: z.string().default(''),
  SERVICE_NAME: z.string().default(''),
  POD_NAME: z.string().default(''),
  PORT_MAP: variable(PORT_MAP_FORM, parsePortMap).optional(),
  /** Which folder stands for which path, one per line; in a cluster it is unset. */
  VOLUME_MAP: z.string().default(''),
});

export type EchoConfig = z.output<typeof echoVariables>;

/** Where a file of the image's file system is on this machine. */
export function localFile(path: string, { VOLUME_MAP }: Pick<EchoConfig, 'VOLUME_MAP'>): string {
  for (const line of VOLUME_MAP.split('\n')) {
    const [mount = '', folder = ''] = line.split(/=(.*)/s);
    if (mount !== '' && path.startsWith(`${mount}/`)) return folder + path.slice(mount.length);
  }
  return path;
}
