/** One command of a table, and what it is to print. */
export interface Row {
  /** The line of the file on which the command stands, from 1. */
  readonly line: number;
  readonly command: string;
  /** Both outputs as one, normalised; a line `...` stands for any lines, `<*>` for any part of a line. */
  readonly output: readonly string[];
  readonly code: number;
}

/** What stands between the rows: titles and remarks. */
export type Block = Row | { readonly text: string };

export function isRow(block: Block): block is Row {
  return 'command' in block;
}

/**
 * Reads a table. A row begins with `$ command`, goes on with `> ` where the command has further lines, then with what it
 * prints, and ends with `[code]` where the exit code is not 0, and with an empty line. Lines with `# ` before a row are
 * remarks. An empty line of an output is written `.`.
 */
export function parseTranscript(text: string): Block[] {
  const blocks: Block[] = [];
  let row: { line: number; command: string; output: string[]; code: number } | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    if (line.startsWith('$ ')) {
      row = { line: index + 1, command: line.slice(2), output: [], code: 0 };
      blocks.push(row);
    } else if (!row || line === '') {
      row = undefined;
      if (line !== '') blocks.push({ text: line });
    } else if (line.startsWith('> ') && row.output.length === 0) {
      row.command += `\n${line.slice(2)}`;
    } else {
      const code = /^\[(\d+)\]$/.exec(line)?.[1];
      if (code === undefined) row.output.push(line === '.' ? '' : line);
      else row.code = Number(code);
    }
  }
  return blocks;
}

export function formatTranscript(blocks: readonly Block[]): string {
  return blocks
    .map((block, index) => {
      const next = blocks[index + 1];
      if (!isRow(block)) return `${block.text}\n${next && isRow(next) ? '\n' : ''}`;
      return `${formatRow(block)}${next ? '\n' : ''}`;
    })
    .join('');
}

export function formatRow({ command, output, code }: Pick<Row, 'command' | 'output' | 'code'>): string {
  const lines = [
    `$ ${command.split('\n').join('\n> ')}`,
    ...output.map((line) => (line === '' ? '.' : line)),
    ...(code === 0 ? [] : [`[${code}]`]),
  ];
  return `${lines.join('\n')}\n`;
}

/** Whether the lines are those that a row expects. */
export function matches(expected: readonly string[], actual: readonly string[]): boolean {
  const [first, ...rest] = expected;
  if (first === undefined) return actual.length === 0;
  if (first === '...') {
    return actual.some((_, index) => matches(rest, actual.slice(index))) || matches(rest, []);
  }
  const [line, ...others] = actual;
  return line !== undefined && sameLine(first, line) && matches(rest, others);
}

function sameLine(expected: string, actual: string): boolean {
  const parts = expected.split('<*>').map((part) => RegExp.escape(part));
  return new RegExp(`^${parts.join('.*')}$`).test(actual);
}
