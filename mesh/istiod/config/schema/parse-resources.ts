import { z } from 'zod';
import type { Diagnostic } from '#mesh/diagnostic.ts';
import type { ManifestDocument } from '#mesh/istiod/config/load/document.ts';
import { descend, describeValue, fieldPath, unwrap, valueAt } from '#mesh/istiod/config/schema/field-path.ts';
import { identify, type ObjectName, objectName, withNamespace } from '#mesh/istiod/config/schema/identify.ts';
import { expectation, issueDiagnostic } from '#mesh/istiod/config/schema/issue-diagnostic.ts';
import { ServedKinds, schemas, supportedVersions } from '#mesh/istiod/config/schema/kinds.ts';
import { type Kind, merged, type Placed, type Resource } from '#mesh/istiod/config/schema/resource.ts';
import { shapeDiagnostics } from '#mesh/istiod/config/schema/shape-diagnostics.ts';
import { type Finding, kindNote, survey, warnedOnce } from '#mesh/istiod/config/schema/without-effect.ts';
import { validate } from '#mesh/istiod/config/validation/validate.ts';

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

/**
 * Checks each document against its kind's official shape, and reads it as far as the laptop carries it out. One that has an
 * error is reported and left out.
 */
export function parseResources(
  documents: readonly ManifestDocument[],
  options: ParseOptions,
): ParsedResources {
  const served = new ServedKinds(documents);
  const parsed = documents.map((document) => parseDocument(document, { ...options, served }));
  return {
    resources: parsed.flatMap(({ resources }) => resources),
    unsupported: parsed.flatMap(({ unsupported }) => unsupported),
    diagnostics: warnedOnce(parsed.flatMap(({ diagnostics }) => diagnostics)),
  };
}

const nothing: ParsedResources = { resources: [], unsupported: [], diagnostics: [] };

interface DocumentOptions extends ParseOptions {
  readonly served: ServedKinds;
}

function parseDocument(document: ManifestDocument, { namespace, served }: DocumentOptions): ParsedResources {
  const identity = identify(document, served);
  if (identity.is === 'unknown') return { ...nothing, diagnostics: [identity.diagnostic] };
  const { apiVersion, kind } = identity;
  const found = served.find(apiVersion, kind);
  const metadata = objectName(document.value, {
    kind,
    namespace: found?.namespaced === false ? '' : namespace,
  });
  const resource = titleOf(kind, metadata);
  const value = withNamespace(document.value, metadata.namespace);
  const shape = found?.shape();
  const slips = shape ? shapeDiagnostics({ shape, document, value, resource }) : [];
  if (identity.is === 'unsupported')
    return unsupportedObject({ document, apiVersion, kind, metadata }, slips);
  const read = readValid({ document, kind: identity.kind, value, resource }, slips);
  const errors = merged(read.errors, slips).map(({ diagnostic }) => diagnostic);
  const resources = read.resource && errors.length === 0 ? [read.resource] : [];
  return { ...nothing, resources, diagnostics: [...errors, ...read.findings].sort(byLine) };
}

function unsupportedObject(object: UnsupportedObject, slips: readonly Placed[]): ParsedResources {
  const errors = slips.map(({ diagnostic }) => diagnostic);
  const diagnostics = [...errors, ...unsupportedKind(object)].sort(byLine);
  return { ...nothing, unsupported: errors.length === 0 ? [object] : [], diagnostics };
}

/** An object that the API server has checked, as the laptop reads it; undefined when even so it cannot be read. */
export function readResource(
  document: ManifestDocument,
  kind: Kind,
): { readonly resource: Resource | undefined; readonly diagnostics: readonly Diagnostic[] } {
  const name = objectName(document.value, { kind, namespace: '' });
  const value = withNamespace(document.value, name.namespace);
  const { resource, errors, findings } = readValid({ document, kind, value, resource: titleOf(kind, name) });
  return { resource, diagnostics: [...errors.map(({ diagnostic }) => diagnostic), ...findings] };
}

interface Reading {
  readonly resource: Resource | undefined;
  readonly errors: readonly Placed[];
  readonly findings: readonly Diagnostic[];
}

interface Readable {
  readonly document: ManifestDocument;
  readonly kind: Kind;
  /** The document's, with its namespace filled in. */
  readonly value: unknown;
  readonly resource: string;
}

/** An object as istiod's webhook and the laptop see it. @param slips Where it has not the right shape. */
function readValid(readable: Readable, slips: readonly Placed[] = []): Reading {
  const { document, kind, value, resource } = readable;
  const apiVersion = String(valueAt(value, ['apiVersion']));
  const all = validate({ document, value, kind, apiVersion, resource });
  // An object of the wrong shape gets no further diagnostics.
  const found = merged(slips, all).slice(slips.length);
  const isError = ({ diagnostic }: Placed) => diagnostic.severity === 'error';
  const read = readObject(readable);
  const errors = merged(found.filter(isError), read.errors);
  const warnings = found.filter((one) => !isError(one)).map(({ diagnostic }) => diagnostic);
  return {
    resource: errors.length === 0 ? read.resource : undefined,
    errors,
    findings: [...read.findings, ...warnings],
  };
}

/** Picks and converts the fields that the laptop knows. */
function readObject({ document, kind, value: raw, resource }: Readable): Reading {
  const schema = schemas[kind];
  const value = withoutNulls(schema, raw);
  const [version] = supportedVersions[kind];
  const known = { ...(knownPart(schema, value) as object), ...(version && { apiVersion: version }) };
  const result = schema.safeParse(known, { error: expectation });
  const findings = survey(schema, value).map((finding) => findingDiagnostic(finding, { document, resource }));
  if (result.success) return { resource: { ...result.data, document }, errors: [], findings };
  const errors = result.error.issues.map((issue) => issueDiagnostic(issue, { document, resource }));
  return { resource: undefined, errors, findings };
}

function titleOf(kind: string, { name, namespace }: ObjectName): string {
  return namespace === '' ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
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

function unsupportedKind({ document, apiVersion, kind, metadata }: UnsupportedObject): readonly Diagnostic[] {
  const note = kindNote(apiVersion, kind);
  const resource = titleOf(kind, metadata);
  return note ? [{ severity: 'warning', ...note, position: document.at(['kind']), resource }] : [];
}

/** A value without the fields that a schema has no name for. The API server has checked them by the official shapes. */
function knownPart(schema: unknown, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item, index) => knownPart(descend(schema, index), item));
  if (typeof value !== 'object' || value === null) return value;
  const inner = unwrap(schema);
  const members = Object.entries(value).filter(
    ([name]) => !(inner instanceof z.ZodObject) || Object.hasOwn(inner.shape, name),
  );
  return Object.fromEntries(
    members.map(([name, member]) => [name, knownPart(descend(schema, name), member)]),
  );
}

/** A known field that is written without a value (`timeout:`) counts as absent, as the API server sees it. */
function withoutNulls(schema: unknown, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item, index) => withoutNulls(descend(schema, index), item));
  if (typeof value !== 'object' || value === null) return value;
  const inner = unwrap(schema);
  const known = inner instanceof z.ZodObject ? inner.shape : {};
  const members = Object.entries(value).filter(
    ([name, member]) => member !== null || !Object.hasOwn(known, name),
  );
  return Object.fromEntries(
    members.map(([name, member]) => [name, withoutNulls(descend(schema, name), member)]),
  );
}
