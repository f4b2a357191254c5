import { z } from 'zod';
import { fields } from '#mesh/schema/fields.ts';
import { stringMatch, valueMatch } from '#mesh/schema/istio/virtual-service/string-match.ts';
import { labels, port, strings } from '#mesh/schema/scalars.ts';

const matches = z.record(z.string(), stringMatch).default({});

/** All conditions of one match hold together; a rule's several matches are alternatives. */
export const httpMatch = fields({
  supported: {
    name: z.string().exactOptional(),
    uri: valueMatch.exactOptional(),
    scheme: valueMatch.exactOptional(),
    method: valueMatch.exactOptional(),
    authority: valueMatch.exactOptional(),
    headers: matches,
    withoutHeaders: matches,
    queryParams: matches,
    ignoreUriCase: z.boolean().default(false),
    port: port.exactOptional(),
    sourceLabels: labels,
    sourceNamespace: z.string().exactOptional(),
    gateways: strings,
  },
  harmless: { statPrefix: 'statistics keep their usual names' },
});

export type HttpMatch = z.infer<typeof httpMatch>;
