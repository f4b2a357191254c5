/**
 * Compares what a command printed with what the document shows. `...` within a line stands for anything, `...` alone
 * on a line for any lines, also none. Runs of spaces are equal, so that columns may be as wide as they need.
 * Returns nothing when they fit, else the first line of the document that was not found.
 */
export function mismatch(expected: readonly string[], output: string): string | undefined {
  const lines = trimmed(output.split('\n'));
  const wanted = trimmed(expected);
  return matchFrom(wanted, lines);
}

function matchFrom(wanted: readonly string[], lines: readonly string[]): string | undefined {
  const [first, ...rest] = wanted;
  if (first === undefined) return lines.length === 0 ? undefined : `nothing more, but got: ${lines[0]}`;
  if (first.trim() === '...') {
    // Lazily: the shortest gap after which everything else fits.
    let failure: string | undefined;
    for (let skip = 0; skip <= lines.length; skip++) {
      const result = matchFrom(rest, lines.slice(skip));
      if (result === undefined) return undefined;
      failure ??= result;
    }
    return failure;
  }
  return lines[0] !== undefined && lineFits(first, lines[0]) ? matchFrom(rest, lines.slice(1)) : first;
}

function lineFits(pattern: string, line: string): boolean {
  const source = pattern
    .trim()
    .split('...')
    .map((part) => part.split(/\s+/).map(escapeRegExp).join('\\s+'))
    .join('.*');
  return new RegExp(`^${source}$`).test(line.trim());
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** Without blank lines around it, which a document's block does not show. */
function trimmed(lines: readonly string[]): string[] {
  const first = lines.findIndex((line) => line.trim() !== '');
  const last = lines.findLastIndex((line) => line.trim() !== '');
  return first < 0 ? [] : lines.slice(first, last + 1);
}
