import { z } from 'zod';

const alternatives = {
  exact: z.string().exactOptional(),
  prefix: z.string().exactOptional(),
  regex: z.string().exactOptional(),
};

/** One of exact, prefix and regex (RE2); none of them, as in `x-user: {}`, asks for presence only. */
export const stringMatch = z.strictObject(alternatives).refine((match) => Object.keys(match).length <= 1, {
  error: 'expected only one of `exact`, `prefix` and `regex`',
});

/** A match of something that every request has, so that presence alone would say nothing. */
export const valueMatch = stringMatch.refine((match) => Object.keys(match).length > 0, {
  error: 'expected one of `exact`, `prefix` and `regex`',
});

export type StringMatch = z.infer<typeof stringMatch>;
