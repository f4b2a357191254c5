import type { Diagnostic } from '#mesh/diagnostic.ts';
import type { ManifestDocument } from '#mesh/load/document.ts';
import {
  gatewayApiVersions,
  isSupportedKind,
  supportedVersions,
  unsupportedVersions,
} from '#mesh/schema/kinds.ts';
import { didYouMean } from '#mesh/schema/nearest.ts';
import type { Kind } from '#mesh/schema/resource.ts';

/** What a document is, before its schema looks at it. */
export type Identity =
  | { readonly is: 'supported'; readonly kind: Kind }
  | { readonly is: 'unsupported'; readonly apiVersion: string; readonly kind: string }
  | { readonly is: 'unknown'; readonly diagnostic: Diagnostic };

/** Tells by apiVersion and kind whether the laptop carries a document out. */
export function identify(document: ManifestDocument): Identity {
  const { apiVersion, kind } = typeOf(document.value);
  if (kind === undefined) return unknown(document, 'kind', missing('kind', 'such as `kind: Deployment`'));
  if (apiVersion === undefined)
    return unknown(document, 'apiVersion', missing('apiVersion', suggestion(kind)));
  if (kind === 'Gateway' && gatewayApiVersions.includes(apiVersion))
    return { is: 'unsupported', apiVersion, kind };
  const versions = isSupportedKind(kind) ? supportedVersions[kind] : ownVersions(kind);
  if (!versions) return unknown(document, 'kind', unknownKind(kind));
  if (!versions.includes(apiVersion)) {
    return unknown(document, 'apiVersion', wrongVersion({ apiVersion, kind, versions }));
  }
  return isSupportedKind(kind) ? { is: 'supported', kind } : { is: 'unsupported', apiVersion, kind };
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

function suggestion(kind: string): string {
  const version = isSupportedKind(kind) ? supportedVersions[kind][0] : ownVersions(kind)?.[0];
  return version ? `for a ${kind}: \`apiVersion: ${version}\`` : 'such as `apiVersion: v1`';
}

function unknownKind(kind: string): Problem {
  const kinds = [...Object.keys(supportedVersions), ...Object.keys(unsupportedVersions)];
  return { code: 'M101-unknown-kind', message: `unknown kind \`${kind}\``, fix: didYouMean(kind, kinds) };
}

function wrongVersion(found: { apiVersion: string; kind: string; versions: readonly string[] }): Problem {
  const { apiVersion, kind, versions } = found;
  return {
    code: 'M101-wrong-api-version',
    message: `kind \`${kind}\` is not in API version \`${apiVersion}\``,
    fix: `write \`apiVersion: ${versions[0]}\``,
  };
}

function ownVersions(kind: string): readonly string[] | undefined {
  return Object.hasOwn(unsupportedVersions, kind) ? unsupportedVersions[kind] : undefined;
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
