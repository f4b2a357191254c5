import { z } from 'zod';
import { fields, labels, port, strings } from '#mesh/istiod/config/schema/fields.ts';

const alternatives = {
  exact: z.string().exactOptional(),
  prefix: z.string().exactOptional(),
  regex: z.string().exactOptional(),
};

/** One of exact, prefix and regex (RE2); none of them, as in `x-user: {}`, asks for presence only. */
const stringMatch = z.object(alternatives).refine((match) => Object.keys(match).length <= 1, {
  error: 'expected only one of `exact`, `prefix` and `regex`',
});

/** A match of something that every request has, so that presence alone would say nothing. */
export const valueMatch = stringMatch.refine((match) => Object.keys(match).length > 0, {
  error: 'expected one of `exact`, `prefix` and `regex`',
});

export type StringMatch = z.infer<typeof stringMatch>;

const matches = z.record(z.string(), stringMatch).default({});

/** All conditions of one match hold together; a rule's several matches are alternatives. */
export const httpMatch = fields({
  supported: {
    name: z.string().exactOptional(),
    uri: stringMatch.exactOptional(),
    scheme: stringMatch.exactOptional(),
    method: stringMatch.exactOptional(),
    authority: stringMatch.exactOptional(),
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
