import pc from 'picocolors';
import { type CliContext, wantsColor } from '#mesh/cli/context.ts';
import { type Diagnostic, formatDiagnostic, type Severity } from '#mesh/diagnostic.ts';

const padding = 3;
/** The least width of a column, its padding included. */
const minimum = 6;

/** Rows as left-aligned columns without borders, the way kubectl prints; the last cell of a row is not padded. */
export function formatColumns(rows: readonly (readonly string[])[]): string {
  const widths = columnWidths(rows).map((width) => Math.max(width + padding, minimum));
  const line = (row: readonly string[]) =>
    row.map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0))).join('');
  return rows.map((row) => `${line(row)}\n`).join('');
}

function columnWidths(rows: readonly (readonly string[])[]): readonly number[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, cell.length);
    });
  }
  return widths;
}

/** JSON as kubectl prints it: four spaces, keys in alphabetical order. */
export function formatJson(value: unknown): string {
  return `${JSON.stringify(sortKeys(value), null, 4)}\n`;
}

/** The same data with every object's keys in alphabetical order, as kubectl writes them. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, sortKeys(member)]));
}

/** Diagnostics on stderr, errors in red and warnings in yellow on a terminal. */
export function printDiagnostics(context: CliContext, diagnostics: readonly Diagnostic[]): void {
  const colors = pc.createColors(wantsColor(context.stderr, context.env));
  const paint: Record<Severity, (text: string) => string> = {
    error: colors.red,
    warning: colors.yellow,
    info: colors.cyan,
  };
  for (const diagnostic of diagnostics) {
    context.stderr.write(`${paint[diagnostic.severity](formatDiagnostic(diagnostic))}\n`);
  }
}
