import type { Diagnostic } from '#mesh/diagnostic.ts';
import type { ManifestDocument } from '#mesh/load/document.ts';
import { expectation } from '#mesh/schema/expectation.ts';
import { describeValue, fieldPath, valueAt } from '#mesh/schema/field-path.ts';
import { identify } from '#mesh/schema/identify.ts';
import { issueDiagnostics } from '#mesh/schema/issue-diagnostic.ts';
import { schemas } from '#mesh/schema/kinds.ts';
import { objectName, withNamespace } from '#mesh/schema/object-name.ts';
import type { Kind, Resource } from '#mesh/schema/resource.ts';
import { type Finding, survey } from '#mesh/schema/survey.ts';
import { warnedOnce, withoutEffect } from '#mesh/schema/without-effect.ts';
import { withoutNulls } from '#mesh/schema/without-nulls.ts';

/** A valid object of a kind that the laptop does not carry out. */
export interface UnsupportedObject {
  readonly document: ManifestDocument;
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
}

export interface ParsedResources {
  readonly resources: readonly Resource[];
  readonly unsupported: readonly UnsupportedObject[];
  readonly diagnostics: readonly Diagnostic[];
}

interface ParseOptions {
  /** For objects that name none. */
  readonly namespace: string;
}

/** Checks each document against its kind's schema. One that has an error is reported and left out. */
export function parseResources(
  documents: readonly ManifestDocument[],
  options: ParseOptions,
): ParsedResources {
  const parsed = documents.map((document) => parseDocument(document, options));
  return {
    resources: parsed.flatMap(({ resources }) => resources),
    unsupported: parsed.flatMap(({ unsupported }) => unsupported),
    diagnostics: warnedOnce(parsed.flatMap(({ diagnostics }) => diagnostics)),
  };
}

const nothing: ParsedResources = { resources: [], unsupported: [], diagnostics: [] };

function parseDocument(document: ManifestDocument, { namespace }: ParseOptions): ParsedResources {
  const identity = identify(document);
  if (identity.is === 'unknown') return { ...nothing, diagnostics: [identity.diagnostic] };
  if (identity.is === 'supported') return parseSupported(document, identity.kind, namespace);
  const { apiVersion, kind } = identity;
  const metadata = objectName(document.value, { kind, namespace });
  const object = { document, apiVersion, kind, metadata };
  return { ...nothing, unsupported: [object], diagnostics: [unsupportedKind(object)] };
}

function parseSupported(document: ManifestDocument, kind: Kind, namespace: string): ParsedResources {
  const schema = schemas[kind];
  const { name, namespace: own } = objectName(document.value, { kind, namespace });
  const resource = own === '' ? `${kind} ${name}` : `${kind} ${own}/${name}`;
  const value = withoutNulls(schema, withNamespace(document.value, own));
  const result = schema.safeParse(value, { error: expectation });
  const warnings = survey(schema, value).map((finding) => findingDiagnostic(finding, { document, resource }));
  if (result.success) return { ...nothing, resources: [{ ...result.data, document }], diagnostics: warnings };
  const errors = result.error.issues.flatMap((issue) =>
    issueDiagnostics(issue, { schema, document, resource }),
  );
  return { ...nothing, diagnostics: [...errors, ...warnings].sort(byLine) };
}

function byLine(left: Diagnostic, right: Diagnostic): number {
  return (left.position?.line ?? 0) - (right.position?.line ?? 0);
}

function findingDiagnostic(
  { path, kind, detail }: Finding,
  { document, resource }: { document: ManifestDocument; resource: string },
): Diagnostic {
  const field = `\`${fieldPath(path)}\``;
  const value = kind === 'unsupported-value' ? ` ${describeValue(valueAt(document.value, path))}` : '';
  const found =
    kind === 'deprecated'
      ? { code: 'IST0002', message: `${field} is deprecated`, fix: `write ${detail} instead` }
      : {
          code: 'M101-unsupported-field',
          message: `${field}${value} is valid, but not carried out on the laptop: ${detail}`,
        };
  return { severity: 'warning', ...found, position: document.at(path), resource };
}

function unsupportedKind({ document, kind, metadata }: UnsupportedObject): Diagnostic {
  return {
    severity: 'warning',
    ...(withoutEffect(kind) ?? {
      code: 'M101-unsupported-kind',
      message: `kind \`${kind}\` is valid, but not carried out on the laptop: the object has no effect`,
    }),
    position: document.at(['kind']),
    resource: `${kind} ${metadata.namespace}/${metadata.name}`,
  };
}
