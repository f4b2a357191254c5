import type { ErrorCode, LineCounter } from 'yaml';
import type { Diagnostic } from '#mesh/diagnostic.ts';
import type { NodeProblem } from '#mesh/istiod/config/load/document.ts';

const aliasFix =
  'define the anchor (`&name`) before the alias (`*name`), or quote a value that begins with `*`';

type Code = ErrorCode | NodeProblem['code'];

/** A syntax error of the parser's, or a problem of ours. */
interface Problem {
  readonly code: Code;
  readonly message: string;
  readonly pos: readonly [number, ...number[]];
}

/** A document that is not YAML has an error at every character. */
const MOST = 20;

/** What usually causes YAML's most frequent errors. */
const fixes: Partial<Record<Code, string>> = {
  TAB_AS_INDENT: 'indent with spaces; YAML does not accept tabs',
  BAD_INDENT: 'align the keys of one object in the same column and the items of one list under each other',
  DUPLICATE_KEY: 'keep one of the two keys, or make them two items of a list',
  MISSING_CHAR: 'look for a missing `:`, quote, bracket or brace here or on the line before',
  MULTILINE_IMPLICIT_KEY: 'put `: ` (colon and space) after the key; a key must stand on one line',
  BLOCK_AS_IMPLICIT_KEY:
    'a value and a nested key cannot share a line: put the nested key on the next line, indented',
  UNEXPECTED_TOKEN:
    'quote values that begin with or contain special characters such as `{`, `}`, `[`, `]`, `*`, `&`, `%`',
  BAD_ALIAS: aliasFix,
  COLLECTION_KEY: 'write a text as key; `? `, `[` and `{` begin something else, unless they are in quotes',
  TOO_MANY_ALIASES: 'write out what the aliases (`*name`) repeat',
};

interface Place {
  readonly file: string;
  readonly lineCounter: LineCounter;
}

/** Errors where they were noticed, the first of them at least. */
export function syntaxDiagnostics(problems: readonly Problem[], place: Place): readonly Diagnostic[] {
  const shown = problems.slice(0, MOST).map((problem) => syntaxDiagnostic(problem, place));
  const [last] = shown.slice(-1);
  if (problems.length <= MOST || !last) return shown;
  const message = `there are ${problems.length - MOST} more errors in this document`;
  return [...shown, { ...last, message, fix: 'correct the ones before first' }];
}

function syntaxDiagnostic({ code, message, pos }: Problem, { file, lineCounter }: Place): Diagnostic {
  const { line, col } = lineCounter.linePos(pos[0]);
  return {
    severity: 'error',
    code: code === 'DUPLICATE_KEY' ? 'M101-duplicate-key' : 'M101-yaml-syntax',
    message: shortened(message),
    fix: fixes[code] ?? 'correct the YAML at this line',
    position: { file, line, column: col },
  };
}

/** Some of the parser's messages quote what they found, however long it is. */
function shortened(message: string): string {
  return message.length > 200 ? `${message.slice(0, 199)}…` : message;
}

/** An alias that leads nowhere, which shows only when the document becomes plain data. */
export function aliasDiagnostic(error: unknown): Omit<Diagnostic, 'position'> {
  const message = error instanceof Error ? error.message : String(error);
  return { severity: 'error', code: 'M101-yaml-syntax', message, fix: aliasFix };
}

type Excess = Omit<Diagnostic, 'position'>;

/** What etcd, and so Kubernetes, stores of one object. */
const MOST_BYTES = 1_572_864;
/** The most that one document may hold, even as a `kind: List` of many objects, or with aliases. */
const MOST_DOCUMENT_BYTES = 64 << 20;
/** Manifests have some twenty levels. */
const MOST_LEVELS = 100;

export const tooDeep: Excess = {
  severity: 'error',
  code: 'M101-too-deep',
  message: `something is nested deeper than ${MOST_LEVELS} levels, or an alias stands inside of what it stands for`,
  fix: 'look for brackets that are not closed, and write out what an alias (`*name`) repeats',
};

/** Why a document's value is none to go on with: everything after this may walk through it as a tree. */
export function valueProblem(value: unknown): Excess | undefined {
  const size = sizeOf(value, MOST_DOCUMENT_BYTES);
  if (size === 'too deep') return tooDeep;
  if (size <= MOST_DOCUMENT_BYTES) return undefined;
  return {
    severity: 'error',
    code: 'M101-too-large',
    message: `the document is larger than ${MOST_DOCUMENT_BYTES >> 20} MB`,
    fix: 'split it into several documents',
  };
}

/** Why Kubernetes would not store an object. */
export function objectProblem(value: unknown): Excess | undefined {
  const size = sizeOf(value, Number.POSITIVE_INFINITY);
  if (size === 'too deep' || size <= MOST_BYTES) return undefined;
  return {
    severity: 'error',
    code: 'M101-too-large',
    message: `the object has ${size} bytes as JSON, and Kubernetes stores at most 1.5 MB (${MOST_BYTES} bytes)`,
    fix: 'split it into several objects, or keep large data elsewhere',
  };
}

/** About the bytes of a value as JSON, without making it; more than `most` is not counted to its end. */
function sizeOf(value: unknown, most: number, level = 0): number | 'too deep' {
  if (typeof value === 'string') return Buffer.byteLength(value) + 2;
  if (typeof value !== 'object' || value === null) return String(value).length;
  if (level === MOST_LEVELS) return 'too deep';
  let size = 2;
  for (const [name, member] of Object.entries(value)) {
    const own = sizeOf(member, most - size, level + 1);
    if (own === 'too deep') return own;
    size += own + 1 + (Array.isArray(value) ? 0 : Buffer.byteLength(name) + 3);
    if (size > most) break;
  }
  return size;
}
