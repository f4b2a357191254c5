import { z } from 'zod';
import { duration } from '#mesh/schema/duration.ts';
import { fields } from '#mesh/schema/fields.ts';
import { int32, uint32 } from '#mesh/schema/scalars.ts';

const count = uint32.exactOptional();
const percentage = int32.min(0).max(100).exactOptional();

export const outlierDetection = fields({
  supported: {
    consecutive5xxErrors: count,
    consecutiveGatewayErrors: count,
    consecutiveLocalOriginFailures: count,
    splitExternalLocalOriginErrors: z.boolean().exactOptional(),
    interval: duration.exactOptional(),
    baseEjectionTime: duration.exactOptional(),
    maxEjectionPercent: percentage,
    minHealthPercent: percentage,
  },
  unsupported: {
    consecutiveErrors: 'Istio ignores it as well; use `consecutiveGatewayErrors` or `consecutive5xxErrors`',
    outlierDetectionHttpErrorCodes: 'all 5xx count as errors',
  },
  shapes: { consecutiveErrors: int32, outlierDetectionHttpErrorCodes: z.array(z.int().min(100).max(599)) },
});
