import { z } from 'zod';
import { durationOrZero } from '#mesh/schema/duration.ts';
import { fields } from '#mesh/schema/fields.ts';

const httpCookie = fields({
  supported: {
    name: z.string().min(1),
    path: z.string().exactOptional(),
    ttl: durationOrZero.exactOptional(),
  },
  unsupported: { attributes: 'the cookie has none' },
});

const ring = "Envoy's own ring size is used";

const consistentHash = fields({
  supported: {
    httpHeaderName: z.string().exactOptional(),
    httpCookie: httpCookie.exactOptional(),
    useSourceIp: z.boolean().exactOptional(),
    httpQueryParameterName: z.string().exactOptional(),
  },
  unsupported: { ringHash: ring, maglev: 'a hash ring is used instead', minimumRingSize: ring },
});

const onePlace = 'the laptop is one place';

export const loadBalancer = fields({
  supported: {
    simple: z
      .enum(['UNSPECIFIED', 'LEAST_CONN', 'RANDOM', 'PASSTHROUGH', 'ROUND_ROBIN', 'LEAST_REQUEST'])
      .exactOptional(),
    consistentHash: consistentHash.exactOptional(),
  },
  harmless: { localityLbSetting: onePlace, zoneAwareLbSetting: onePlace },
  unsupported: {
    warmup: 'a new pod gets its full share at once',
    warmupDurationSecs: 'a new pod gets its full share at once',
  },
});
