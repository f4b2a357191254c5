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
  type Tags,
} from 'yaml';
import type { Diagnostic } from '#mesh/diagnostic.ts';
import {
  type ManifestDocument,
  positionsOf,
  type SourceFile,
  surveyNodes,
  type YamlPath,
} from '#mesh/istiod/config/load/document.ts';
import { upToDate } from '#mesh/istiod/config/load/outdated-version.ts';
import {
  aliasDiagnostic,
  objectProblem,
  syntaxDiagnostics,
  tooDeep,
  valueProblem,
} from '#mesh/istiod/config/load/syntax-diagnostic.ts';

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
  const parsed = yamlDocuments(source.text, lineCounter);
  if (!parsed) {
    const position = { file: source.file, line: 1, column: 1 };
    return { documents: [], diagnostics: [{ ...tooDeep, position }] };
  }
  const loaded = parsed.map((yaml) => loadDocument({ file: source.file, yaml, lineCounter }));
  return joined(loaded);
}

/** Several files at once, in order. */
export function loadManifests(sources: readonly SourceFile[]): LoadedManifest {
  return joined(sources.map(loadManifest));
}

function joined(loaded: readonly LoadedManifest[]): LoadedManifest {
  return {
    documents: loaded.flatMap(({ documents }) => documents),
    diagnostics: loaded.flatMap(({ diagnostics }) => diagnostics),
  };
}

interface LoadOptions {
  readonly file: string;
  readonly yaml: Document.Parsed;
  readonly lineCounter: LineCounter;
}

function loadDocument({ file, yaml, lineCounter }: LoadOptions): LoadedManifest {
  const { problems, aliases } = surveyNodes(yaml);
  const errors = syntaxDiagnostics([...yaml.errors, ...problems], { file, lineCounter });
  if (errors.length > 0 || yaml.contents === null) return { documents: [], diagnostics: errors };
  const at = positionsOf({ file, yaml, lineCounter, aliases });
  const refused = (problem: Omit<Diagnostic, 'position'>): LoadedManifest => ({
    documents: [],
    diagnostics: [{ ...problem, position: at([]) }],
  });
  const { value, problem } = plainData(yaml);
  const wrong = problem ?? valueProblem(value);
  if (wrong) return refused(wrong);
  if (value === null) return joined([]);
  if (!isMap(yaml.contents)) return refused(notAnObject(value));
  return joined(flattenList({ file, value, at }).map(checked));
}

function checked(document: ManifestDocument): LoadedManifest {
  const problem = objectProblem(document.value);
  if (problem) return { documents: [], diagnostics: [{ ...problem, position: document.at([]) }] };
  const { document: read, warnings } = upToDate(document);
  return { documents: [read], diagnostics: warnings };
}

/**
 * Kubernetes reads YAML 1.1, where `yes` and `on` are booleans and `0644` is octal, but without its dates and
 * base-60 numbers: `value: yes` is a wrong type on the laptop as it is in a cluster. The parser's own search for keys that
 * stand twice compares each with each, and so does its way of making errors pretty; both are done here.
 */
const kubernetesYaml: ParseOptions & DocumentOptions & SchemaOptions = {
  schema: 'yaml-1.1',
  customTags: (tags) =>
    tags
      .filter((tag) => typeof tag === 'string' || !isDateOrTime(tag))
      .map((tag) => (isPointNumber(tag) ? { ...tag, test: POINT_NUMBER } : tag)),
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: 'error',
};

function isDateOrTime(tag: CollectionTag | ScalarTag): boolean {
  return tag.tag === 'tag:yaml.org,2002:timestamp' || ('format' in tag && tag.format === 'TIME');
}

/** The parser takes `.` for a number, which is none then; in a cluster it is the text that means an object's own namespace. */
const POINT_NUMBER = /^[-+]?(?:\d[\d_]*\.[\d_]*|\.\d[\d_]*)$/;

function isPointNumber(tag: Tags[number]): tag is ScalarTag {
  return (
    typeof tag !== 'string' &&
    tag.tag === 'tag:yaml.org,2002:float' &&
    'test' in tag &&
    tag.test?.test('.') === true
  );
}

/** `toJS` throws for an alias without anchor, and for aliases that multiply into a huge document. */
function plainData(yaml: Document.Parsed): { value?: unknown; problem?: Omit<Diagnostic, 'position'> } {
  try {
    return { value: yaml.toJS() };
  } catch (error) {
    return { problem: error instanceof RangeError ? tooDeep : aliasDiagnostic(error) };
  }
}

/** Undefined for a text in which something is nested deeper than the parser can go. */
function yamlDocuments(text: string, lineCounter: LineCounter): readonly Document.Parsed[] | undefined {
  try {
    const parsed = parseAllDocuments(text, { lineCounter, ...kubernetesYaml });
    return Array.isArray(parsed) ? parsed : [];
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function notAnObject(value: unknown): Omit<Diagnostic, 'position'> {
  const found = Array.isArray(value) ? 'a list' : `${typeof value} ${JSON.stringify(value).slice(0, 60)}`;
  return {
    severity: 'error',
    code: 'M101-not-an-object',
    message: `a manifest is an object with apiVersion, kind and metadata, but this document is ${found}`,
    fix: 'write one object per document, separated by lines of `---`',
  };
}

/** `kubectl get -o yaml` writes `kind: List`; each of its items becomes a separate document. */
function flattenList(document: ManifestDocument): readonly ManifestDocument[] {
  const items = listItems(document.value);
  if (!items) return [document];
  return items.flatMap((value, index) => {
    const prefix: YamlPath = ['items', index];
    return flattenList({ file: document.file, value, at: (path) => document.at([...prefix, ...path]) });
  });
}

function listItems(value: unknown): readonly unknown[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (!('kind' in value) || typeof value.kind !== 'string' || !value.kind.endsWith('List')) return undefined;
  return 'items' in value && Array.isArray(value.items) ? value.items : undefined;
}
