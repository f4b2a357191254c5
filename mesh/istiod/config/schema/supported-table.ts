import { z } from 'zod';
import { apiVersionOf, resourceTypes } from '#mesh/apiserver/shapes/resources.ts';
import { unwrap } from '#mesh/istiod/config/schema/field-path.ts';
import { inventories } from '#mesh/istiod/config/schema/fields.ts';
import { schemas, supportedVersions } from '#mesh/istiod/config/schema/kinds.ts';
import { podSpec } from '#mesh/istiod/config/schema/kubernetes/pod-spec.ts';
import { metadata } from '#mesh/istiod/config/schema/metadata.ts';
import type { Kind } from '#mesh/istiod/config/schema/resource.ts';
import { kindNote } from '#mesh/istiod/config/schema/without-effect.ts';

interface Row {
  readonly field: string;
  readonly laptop: string;
}

const introduction = `# What the laptop mesh carries out

This table is generated from the schemas in \`mesh/istiod/config/schema/\` (\`make golden\` rewrites it, a test keeps it current).

- **yes**: carried out.
- **ignored**: valid, and of no consequence on a laptop; accepted in silence.
- **not yet**: valid in Kubernetes or Istio, but not carried out; \`apply\` goes on and warns with file and line.

Any other field is taken for a misspelling: an error, with file, line and the nearest right name.
`;

/** The contents of docs/supported.md. */
export function supportedMarkdown(): string {
  const kinds = Object.keys(schemas) as Kind[];
  const everyKind = `## Every kind\n\n${table(rowsOf(metadata, 'metadata', new Map()))}`;
  return [introduction, everyKind, ...kinds.map(kindSection), unsupportedSection()].join('\n');
}

function kindSection(kind: Kind): string {
  const seen = new Map<unknown, string>([[metadata, 'metadata']]);
  // Written out once, where people look first.
  if (kind !== 'Deployment') seen.set(podSpec, 'Deployment.spec.template.spec');
  const rows = rowsOf(schemas[kind], '', seen);
  const versions = supportedVersions[kind].map((version) => `\`${version}\``).join(', ');
  return `## ${kind}\n\n${versions}\n\n${table(rows.filter(({ field }) => !common.includes(field)))}`;
}

const common = ['apiVersion', 'kind', 'metadata', 'status'];

function table(rows: readonly Row[]): string {
  const lines = rows.map(({ field, laptop }) => `| \`${field}\` | ${laptop} |\n`);
  return `| field | on the laptop |\n| --- | --- |\n${lines.join('')}`;
}

/** `seen` holds the objects that have their rows already: a traffic policy is written out once, not four times. */
function rowsOf(schema: unknown, path: string, seen: Map<unknown, string>): readonly Row[] {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodArray) return rowsOf(inner.element, `${path}[]`, seen);
  if (inner instanceof z.ZodRecord && unwrap(inner.valueType) instanceof z.ZodObject) {
    return rowsOf(inner.valueType, `${path}.*`, seen);
  }
  if (!(inner instanceof z.ZodObject)) return [{ field: path, laptop: 'yes' }];
  const earlier = seen.get(inner);
  if (earlier !== undefined) return [{ field: path, laptop: `as \`${earlier}\`` }];
  seen.set(inner, path);
  return objectRows(inner, path, seen);
}

function objectRows(schema: z.ZodObject, path: string, seen: Map<unknown, string>): readonly Row[] {
  const {
    harmless = {},
    unsupported = {},
    unsupportedValues = {},
    deprecated = {},
  } = inventories.get(schema) ?? {};
  return Object.entries(schema.shape).flatMap(([name, member]) => {
    const field = path === '' ? name : `${path}.${name}`;
    if (unsupported[name] !== undefined) return [{ field, laptop: `not yet: ${unsupported[name]}` }];
    if (harmless[name] !== undefined) return [{ field, laptop: `ignored: ${harmless[name]}` }];
    if (deprecated[name] !== undefined)
      return [{ field, laptop: `yes; deprecated, write ${deprecated[name]}` }];
    const values = Object.entries(unsupportedValues[name] ?? {}).map(([value, detail]) => ({
      field: `${field}: ${value}`,
      laptop: `not yet: ${detail}`,
    }));
    return [...rowsOf(member, field, seen), ...values];
  });
}

function unsupportedSection(): string {
  const rows = resourceTypes()
    .filter(({ verbs }) => verbs.includes('create') && verbs.includes('list'))
    .map((resource) => ({ kind: resource.kind, apiVersion: apiVersionOf(resource) }))
    .filter(({ kind, apiVersion }) => kindNote(apiVersion, kind))
    .filter(({ kind, apiVersion }, index, all) => {
      const group = apiVersion.split('/')[0];
      return all.findIndex((one) => one.kind === kind && one.apiVersion.split('/')[0] === group) === index;
    })
    .sort((left, right) => left.kind.localeCompare(right.kind))
    .map(({ kind, apiVersion }) => `| ${kind} | \`${apiVersion}\` |`);
  return `## Kinds that are valid, but not carried out yet\n\n| kind | API version |\n| --- | --- |\n${rows.join('\n')}\n`;
}
