import { z } from 'zod';
import { duration, httpUrl, integer, oneOf, variable } from '#platform/environment.ts';
import { HOST_MAP_FORM, parseHostMap } from '#platform/host-map.ts';
import { PORT_MAP_FORM, parsePortMap } from '#platform/port-map.ts';
import { tracingVariables } from '#platform/tracing/config.ts';

/** The variables that every service understands; a service's schema extends this one. */
export const platformVariables = tracingVariables.extend({
  SERVICE_NAME: z.string().optional(),
  SERVICE_VERSION: z.string().optional(),
  /** The pod's name: Kubernetes sets it in every container. */
  HOSTNAME: z.string().optional(),
  /** Default: every address, or only loopback when PORT_MAP says that this is a laptop. */
  HOST: z.string().optional(),
  PORT: port().default(3000),
  PORT_MAP: variable(PORT_MAP_FORM, parsePortMap).optional(),
  /** For outgoing TCP that is not HTTP; see `localAddress`. */
  HOST_MAP: variable(HOST_MAP_FORM, parseHostMap).optional(),
  LOG_FORMAT: oneOf('json', 'text').default('json'),
  LOG_LEVEL: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent').default('info'),
  RAND_SEED: z.string().optional(),
  /** Limits one downstream call, from connecting to the last byte. */
  UPSTREAM_TIMEOUT: duration().default(30_000),
  UPSTREAM_CONNECT_TIMEOUT: duration().default(5_000),
  UPSTREAM_MAX_BYTES: integer({ min: 1, max: 100 << 20 }).default(1 << 20),
  /** How long a pod told to stop still accepts requests, so that load balancers notice that it is not ready. */
  SHUTDOWN_DELAY: duration().default(1_000),
  /** How long requests under way may take once the pod accepts no new ones; less than the 30 s after which Kubernetes kills. */
  SHUTDOWN_TIMEOUT: duration().default(20_000),
  READY_CHECK_RESPONSE_DELAY: duration().default(0),
  HTTP_PROXY: httpUrl().optional(),
  http_proxy: httpUrl().optional(),
  HTTPS_PROXY: httpUrl().optional(),
  https_proxy: httpUrl().optional(),
  NO_PROXY: z.string().optional(),
  no_proxy: z.string().optional(),
});

/** A port to declare; 0 takes any free one. */
export function port() {
  return integer({ min: 0, max: 65_535 });
}

export type PlatformConfig = z.output<typeof platformVariables>;
