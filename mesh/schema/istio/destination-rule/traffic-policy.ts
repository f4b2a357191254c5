import { z } from 'zod';
import { fields } from '#mesh/schema/fields.ts';
import { connectionPool } from '#mesh/schema/istio/destination-rule/connection-pool.ts';
import { loadBalancer } from '#mesh/schema/istio/destination-rule/load-balancer.ts';
import { outlierDetection } from '#mesh/schema/istio/destination-rule/outlier-detection.ts';
import { clientTls } from '#mesh/schema/istio/destination-rule/tls.ts';
import { port } from '#mesh/schema/scalars.ts';

const settings = {
  tls: clientTls.exactOptional(),
  connectionPool: connectionPool.exactOptional(),
  outlierDetection: outlierDetection.exactOptional(),
  loadBalancer: loadBalancer.exactOptional(),
};

const portLevel = fields({ supported: { port: z.strictObject({ number: port }), ...settings } });

export const trafficPolicy = fields({
  supported: { ...settings, portLevelSettings: z.array(portLevel).default([]) },
  unsupported: {
    proxyProtocol: 'connections begin without the PROXY header',
    retryBudget: '`maxRetries` of the connection pool limits retries',
    tunnel: 'connections go straight to their destination',
  },
});

export type TrafficPolicy = z.infer<typeof trafficPolicy>;
