export interface ColumnStyle {
  /** Spaces between columns: 3 as kubectl, 5 as istioctl. */
  readonly padding?: number;
  /** No column is narrower, its padding included: 6 in kubectl. */
  readonly minimum?: number;
}

/** Rows as left-aligned columns without borders, the way kubectl prints; the last cell of a row is not padded. */
export function formatColumns(rows: readonly (readonly string[])[], style: ColumnStyle = {}): string {
  const { padding = 3, minimum = 6 } = style;
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
