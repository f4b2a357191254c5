import { z } from 'zod';
import { duration, durationOrZero } from '#mesh/schema/duration.ts';
import { fields } from '#mesh/schema/fields.ts';
import { int32, uint32 } from '#mesh/schema/scalars.ts';

const count = int32.min(0).exactOptional();

const tcp = fields({
  supported: {
    maxConnections: count,
    connectTimeout: duration.exactOptional(),
    maxConnectionDuration: duration.exactOptional(),
    /** 0: never. */
    idleTimeout: durationOrZero.exactOptional(),
    tcpKeepalive: z
      .strictObject({
        probes: uint32.exactOptional(),
        time: duration.exactOptional(),
        interval: duration.exactOptional(),
      })
      .exactOptional(),
  },
});

const http = fields({
  supported: {
    http1MaxPendingRequests: count,
    http2MaxRequests: count,
    maxRequestsPerConnection: count,
    maxRetries: count,
    idleTimeout: duration.exactOptional(),
    h2UpgradePolicy: z.enum(['DEFAULT', 'DO_NOT_UPGRADE', 'UPGRADE']).exactOptional(),
    useClientProtocol: z.boolean().exactOptional(),
  },
  unsupported: {
    http2KeepAlive: 'idle HTTP/2 connections are not pinged',
    maxConcurrentStreams: "Envoy's default is used",
  },
  shapes: {
    http2KeepAlive: z.strictObject({ interval: duration.optional(), timeout: duration.optional() }),
    maxConcurrentStreams: count,
  },
});

export const connectionPool = fields({ supported: { tcp: tcp.exactOptional(), http: http.exactOptional() } });
