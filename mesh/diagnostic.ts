/**
 * A place in a manifest, as a person would type it: `file:line`. Lines and columns count from 1. An object that came by the
 * API has no lines: its `file` is `Kind namespace/name`, its line 0, and `path` names the field.
 */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly path?: string;
  /** The same as steps, so that a manifest can find its line. */
  readonly steps?: readonly (string | number)[];
}

/** `error` stops an apply; `warning` lets it pass (a feature the laptop does not carry out); `info` is advice. */
export type Severity = 'error' | 'warning' | 'info';

/**
 * A user's mistake, returned and never thrown. Codes are Istio's own (IST0101 …, see istio.io's list of analysis
 * messages) where one fits, of Gateway API its specification's reasons, else the project's `M101-…`.
 */
export interface Diagnostic {
  readonly severity: Severity;
  readonly code: string;
  /** What is wrong, naming the offending value. */
  readonly message: string;
  /** What to do about it, as an instruction. */
  readonly fix?: string;
  readonly position?: Position;
  /** `Kind namespace/name`, as in `VirtualService default/middleware`. */
  readonly resource?: string;
  /** Its API group, where it is not one of Kubernetes' or Istio's: there are two kinds of Gateway. */
  readonly group?: string;
}

export function formatPosition({ file, line, path }: Position): string {
  if (line > 0) return `${file}:${line}`;
  return path ? `${file} ${path}` : file;
}

/** One diagnostic as text: `file:line: error IST0101 …` and, on a second line, the fix. */
export function formatDiagnostic({ severity, code, message, fix, position }: Diagnostic): string {
  const where = position ? `${formatPosition(position)}: ` : '';
  return `${where}${severity} ${code}: ${message}${fix ? `\n  fix: ${fix}` : ''}`;
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === 'error');
}
