import { parseDocument } from 'yaml';
import { z } from 'zod';

/** The annotation of a pod that says how its stand-ins answer; with `.CONTAINER` behind it, how one of them does. */
export const scriptAnnotation = 'mesh101.io/stand-in';

const duration = z
  .string()
  .regex(/^\d+(\.\d+)?(ms|s|m)$/, 'must be a duration such as 250ms or 2s')
  .transform((text) => {
    const unit = /ms$/.test(text) ? 1 : /s$/.test(text) ? 1_000 : 60_000;
    return Number.parseFloat(text) * unit;
  });
const status = z
  .int('must be a whole number')
  .min(200, 'must be from 200 to 599')
  .max(599, 'must be from 200 to 599');
const share = z
  .number('must be a share from 0 to 1')
  .min(0, 'must be from 0 to 1')
  .max(1, 'must be from 0 to 1');
const errors = z.union([
  share.transform((of) => ({ share: of, status: 500 })),
  z.strictObject({ share, status: status.default(500) }),
]);
const upstream = z
  .string()
  .refine(
    (text) => /^(http|grpc):$/.test(URL.parse(text)?.protocol ?? ''),
    'must be a URL that begins with http:// or grpc://',
  );

const answer = {
  status: status.exactOptional(),
  body: z.string().exactOptional(),
  headers: z.record(z.string(), z.string()).exactOptional(),
  delay: duration.exactOptional(),
  errors: errors.exactOptional(),
  upstreams: z.array(upstream).exactOptional(),
  grpcStatus: z.int().min(0).max(16).exactOptional(),
};
const schema = z.strictObject({
  ...answer,
  paths: z.record(z.string().startsWith('/', 'must begin with /'), z.strictObject(answer)).exactOptional(),
});

export type Script = z.output<typeof schema>;

/** A script that is one, or what is wrong with it. */
export type ScriptResult =
  | { readonly script: Script }
  | {
      readonly mistake: string;
      /** Of the annotation's text, from 1. */
      readonly line: number;
    };

/** Reads the annotation of a container; undefined where there is none. */
export function scriptOf(
  annotations: Readonly<Record<string, string>>,
  container: string,
): (ScriptResult & { readonly annotation: string }) | undefined {
  for (const annotation of [`${scriptAnnotation}.${container}`, scriptAnnotation]) {
    const text = Object.hasOwn(annotations, annotation) ? annotations[annotation] : undefined;
    if (text !== undefined) return { annotation, ...parseScript(text) };
  }
  return undefined;
}

export function parseScript(text: string): ScriptResult {
  const document = parseDocument(text);
  const [broken] = document.errors;
  const lineAt = (offset: number) => text.slice(0, offset).split('\n').length;
  if (broken)
    return {
      mistake: (broken.message.split('\n')[0] ?? '').replace(/ at line.*$/, ''),
      line: lineAt(broken.pos[0]),
    };
  const result = schema.safeParse(document.toJS() ?? {});
  if (result.success) return { script: result.data };
  const [issue] = result.error.issues;
  const path = [
    ...(issue?.path ?? []),
    ...(issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : []),
  ];
  const node = document.getIn(path, true) as { readonly range?: readonly number[] } | undefined;
  const where = path.length > 0 ? `\`${path.join('.')}\`: ` : '';
  const known = Object.keys(answer).concat('paths').join(', ');
  const what =
    issue?.code === 'unrecognized_keys'
      ? `is none of ${known}`
      : issue?.code === 'invalid_key'
        ? 'must begin with /'
        : (issue?.message ?? 'is wrong');
  return { mistake: `${where}${what}`, line: lineAt(node?.range?.[0] ?? 0) };
}
