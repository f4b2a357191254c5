import type { ErrorCode, YAMLParseError } from 'yaml';
import type { Diagnostic } from '#mesh/diagnostic.ts';

const aliasFix =
  'define the anchor (`&name`) before the alias (`*name`), or quote a value that begins with `*`';

/** What usually causes YAML's most frequent errors. */
const fixes: Partial<Record<ErrorCode, string>> = {
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
};

/** A syntax error where the YAML parser noticed it. */
export function syntaxDiagnostic(file: string, error: YAMLParseError): Diagnostic {
  const position = error.linePos?.[0];
  return {
    severity: 'error',
    code: error.code === 'DUPLICATE_KEY' ? 'M101-duplicate-key' : 'M101-yaml-syntax',
    message: firstLine(error.message),
    fix: fixes[error.code] ?? 'correct the YAML at this line',
    ...(position ? { position: { file, line: position.line, column: position.col } } : {}),
  };
}

/** The parser's pretty message goes on with a place and an excerpt, which the diagnostic's position already tells. */
function firstLine(message: string): string {
  return (message.split('\n')[0] ?? message).replace(/ at line \d+, column \d+:?$/, '');
}

/** An alias that leads nowhere, which shows only when the document becomes plain data. */
export function aliasDiagnostic(error: unknown): Diagnostic {
  const message = error instanceof Error ? error.message : String(error);
  return { severity: 'error', code: 'M101-yaml-syntax', message, fix: aliasFix };
}
