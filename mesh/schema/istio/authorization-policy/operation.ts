import { z } from 'zod';
import { isFilled, ports, values } from '#mesh/schema/istio/authorization-policy/values.ts';

const template = /\{\*\*?\}/;

/** Exact, with `*` at one end, or a template: `{*}` is one segment, `{**}` any number of them. */
const paths = z
  .array(
    z
      .string()
      .min(1)
      .refine((path) => !template.test(path) || !path.replaceAll(/\{\*\*?\}/g, '').includes('*'), {
        error: 'expected either `{*}` and `{**}` or a `*` at one end',
      }),
  )
  .min(1, { error: 'expected at least one path' })
  .exactOptional();

/** What is asked for: all conditions hold together, the values of one condition are alternatives. */
export const operation = z
  .strictObject({
    hosts: values,
    notHosts: values,
    ports,
    notPorts: ports,
    methods: values,
    notMethods: values,
    paths,
    notPaths: paths,
  })
  .refine(isFilled, { error: 'expected a condition, such as `paths`' });

export type Operation = z.infer<typeof operation>;
