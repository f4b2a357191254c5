import {
  type CollectionTag,
  type Document,
  type DocumentOptions,
  isMap,
  LineCounter,
  type ParseOptions,
  parseAllDocuments,
  type ScalarTag,
  type SchemaOptions,
} from 'yaml';
import type { Diagnostic } from '#mesh/diagnostic.ts';
import type { ManifestDocument } from '#mesh/load/document.ts';
import { flattenList } from '#mesh/load/flatten-list.ts';
import { positionsOf } from '#mesh/load/positions.ts';
import type { SourceFile } from '#mesh/load/source-file.ts';
import { aliasDiagnostic, syntaxDiagnostic } from '#mesh/load/syntax-diagnostic.ts';

export interface LoadedManifest {
  readonly documents: readonly ManifestDocument[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads a file of YAML documents (JSON is YAML), each with the way back to its lines. Empty documents are skipped and
 * `kind: List` becomes its items. A document with a syntax error is reported and left out; the others are kept.
 */
export function loadManifest(source: SourceFile): LoadedManifest {
  const lineCounter = new LineCounter();
  const documents: ManifestDocument[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const yaml of yamlDocuments(source.text, lineCounter)) {
    const problems = yaml.errors.map((error) => syntaxDiagnostic(source.file, error));
    diagnostics.push(...problems);
    if (problems.length > 0 || yaml.contents === null) continue;
    const at = positionsOf({ file: source.file, yaml, lineCounter });
    const { value, problem } = plainData(yaml);
    if (problem) diagnostics.push({ ...problem, position: at([]) });
    if (problem || value === null) continue;
    if (isMap(yaml.contents)) documents.push(...flattenList({ file: source.file, value, at }));
    else diagnostics.push(notAnObject(at([]), value));
  }
  return { documents, diagnostics };
}

/** Several files at once, in order. */
export function loadManifests(sources: readonly SourceFile[]): LoadedManifest {
  const loaded = sources.map(loadManifest);
  return {
    documents: loaded.flatMap(({ documents }) => documents),
    diagnostics: loaded.flatMap(({ diagnostics }) => diagnostics),
  };
}

/**
 * Kubernetes reads YAML 1.1, where `yes` and `on` are booleans and `0644` is octal, but without its dates and
 * base-60 numbers: `value: yes` is a wrong type on the laptop as it is in a cluster.
 */
const kubernetesYaml: ParseOptions & DocumentOptions & SchemaOptions = {
  schema: 'yaml-1.1',
  customTags: (tags) => tags.filter((tag) => typeof tag === 'string' || !isDateOrTime(tag)),
};

function isDateOrTime(tag: CollectionTag | ScalarTag): boolean {
  return tag.tag === 'tag:yaml.org,2002:timestamp' || ('format' in tag && tag.format === 'TIME');
}

/** `toJS` throws for an alias without anchor, and for aliases that multiply into a huge document. */
function plainData(yaml: Document.Parsed): { value?: unknown; problem?: Diagnostic } {
  try {
    return { value: yaml.toJS() };
  } catch (error) {
    return { problem: aliasDiagnostic(error) };
  }
}

function yamlDocuments(text: string, lineCounter: LineCounter): readonly Document.Parsed[] {
  const parsed = parseAllDocuments(text, { lineCounter, prettyErrors: true, ...kubernetesYaml });
  return Array.isArray(parsed) ? parsed : [];
}

function notAnObject(position: Diagnostic['position'], value: unknown): Diagnostic {
  const found = Array.isArray(value) ? 'a list' : `${typeof value} ${JSON.stringify(value)}`;
  return {
    severity: 'error',
    code: 'M101-not-an-object',
    message: `a manifest is an object with apiVersion, kind and metadata, but this document is ${found}`,
    fix: 'write one object per document, separated by lines of `---`',
    ...(position ? { position } : {}),
  };
}
