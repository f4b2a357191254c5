import type { Diagnostic } from '#mesh/diagnostic.ts';
import type { ManifestDocument } from '#mesh/istiod/config/load/document.ts';
import {
  clusterScoped,
  isSupportedKind,
  type ServedKinds,
  supportedVersions,
} from '#mesh/istiod/config/schema/kinds.ts';
import type { Kind } from '#mesh/istiod/config/schema/resource.ts';
import { didYouMean } from '#mesh/nearest.ts';

/** A document's kind, before its schema checks it. */
export type Identity =
  | { readonly is: 'supported'; readonly apiVersion: string; readonly kind: Kind }
  | { readonly is: 'unsupported'; readonly apiVersion: string; readonly kind: string }
  | { readonly is: 'unknown'; readonly diagnostic: Diagnostic };

/** Tells by apiVersion and kind whether the laptop carries a document out. */
export function identify(document: ManifestDocument, served: ServedKinds): Identity {
  const { apiVersion, kind } = typeOf(document.value);
  if (kind === undefined) return unknown(document, 'kind', missing('kind', 'such as `kind: Deployment`'));
  const versions = served.versionsOf(kind);
  if (apiVersion === undefined)
    return unknown(document, 'apiVersion', missing('apiVersion', suggestion(kind, versions)));
  if (versions.length === 0) return unknown(document, 'kind', unknownKind(kind, served.kinds));
  if (!versions.includes(apiVersion)) {
    return unknown(document, 'apiVersion', wrongVersion({ apiVersion, kind, versions }));
  }
  const isSupported = isSupportedKind(kind) && supportedVersions[kind].includes(apiVersion);
  return isSupported ? { is: 'supported', apiVersion, kind } : { is: 'unsupported', apiVersion, kind };
}

type Problem = Pick<Diagnostic, 'code' | 'message' | 'fix'>;

function unknown(document: ManifestDocument, field: string, problem: Problem): Identity {
  return { is: 'unknown', diagnostic: { severity: 'error', ...problem, position: document.at([field]) } };
}

function missing(field: string, example: string): Problem {
  return {
    code: 'M101-missing-field',
    message: `missing field \`${field}\``,
    fix: `add \`${field}\`, ${example}`,
  };
}

function suggestion(kind: string, versions: readonly string[]): string {
  const version = preferred(kind, versions);
  return version ? `for a ${kind}: \`apiVersion: ${version}\`` : 'such as `apiVersion: v1`';
}

function preferred(kind: string, versions: readonly string[]): string | undefined {
  return isSupportedKind(kind) ? supportedVersions[kind][0] : versions[0];
}

function unknownKind(kind: string, kinds: readonly string[]): Problem {
  return { code: 'M101-unknown-kind', message: `unknown kind \`${kind}\``, fix: didYouMean(kind, kinds) };
}

function wrongVersion(found: { apiVersion: string; kind: string; versions: readonly string[] }): Problem {
  const { apiVersion, kind, versions } = found;
  return {
    code: 'M101-wrong-api-version',
    message: `kind \`${kind}\` is not in API version \`${apiVersion}\``,
    fix: `write \`apiVersion: ${preferred(kind, versions)}\``,
  };
}

function typeOf(value: unknown): { apiVersion?: string; kind?: string } {
  if (typeof value !== 'object' || value === null) return {};
  return {
    ...('apiVersion' in value && typeof value.apiVersion === 'string'
      ? { apiVersion: value.apiVersion }
      : {}),
    ...('kind' in value && typeof value.kind === 'string' ? { kind: value.kind } : {}),
  };
}

export interface ObjectName {
  readonly name: string;
  /** Empty for kinds without namespace. */
  readonly namespace: string;
}

/** Name and namespace as far as an unchecked object has them. */
export function objectName(value: unknown, defaults: { kind: string; namespace: string }): ObjectName {
  const { name, namespace } = metadataOf(value);
  return {
    name: typeof name === 'string' ? name : '',
    namespace: clusterScoped.has(defaults.kind)
      ? ''
      : typeof namespace === 'string' && namespace !== ''
        ? namespace
        : defaults.namespace,
  };
}

/** The object with its namespace filled in. A namespace of a wrong type stays, for the schema to report. */
export function withNamespace(value: unknown, namespace: string): unknown {
  if (typeof value !== 'object' || value === null || !('metadata' in value)) return value;
  const { metadata } = value;
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return value;
  const { namespace: own } = metadataOf(value);
  const wrongType = own !== undefined && own !== null && typeof own !== 'string';
  return wrongType ? value : { ...value, metadata: { ...metadata, namespace } };
}

function metadataOf(value: unknown): { name?: unknown; namespace?: unknown } {
  if (typeof value !== 'object' || value === null || !('metadata' in value)) return {};
  const { metadata } = value;
  return typeof metadata === 'object' && metadata !== null ? metadata : {};
}
