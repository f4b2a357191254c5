/** One command of a walkthrough, with the output that the document promises. */
export interface Step {
  /** Where the command stands, from 1. */
  readonly line: number;
  /** The heading above it. */
  readonly section: string;
  readonly command: string;
  /** Lines as printed in the document, wildcards included. */
  readonly expected: readonly string[];
  /** A cluster takes a moment to carry out what kubectl has accepted: there, repeat until the output fits. */
  readonly eventually: boolean;
  /** Where the step makes sense, when not everywhere. */
  readonly only?: string;
}

interface Marks {
  eventually: boolean;
  only?: string;
}

/**
 * The commands in a walkthrough's `console` blocks: a line after `$ ` is a command, `> ` continues it (here-documents
 * and backslashes too), all other lines are its output. A comment before the block marks it:
 * `<!-- eventually -->`, `<!-- only: laptop -->`. Blocks of other languages are for the reader.
 */
export function parseWalkthrough(text: string): Step[] {
  const steps: Step[] = [];
  let section = '';
  let marks: Marks = { eventually: false };
  let block: string[] | undefined;
  let start = 0;
  for (const [index, line] of text.split('\n').entries()) {
    if (block) {
      if (!line.startsWith('```')) block.push(line);
      else {
        if (block.length > 0) steps.push(...stepsOf(block, { start, section, ...marks }));
        block = undefined;
        marks = { eventually: false };
      }
    } else if (line.startsWith('```console')) {
      block = [];
      start = index + 2;
    } else if (line.startsWith('#')) section = line.replace(/^#+\s*/, '');
    else marks = readMark(line, marks);
  }
  return steps;
}

/** A mark holds for the next block, over blank lines; any other text drops it. */
function readMark(line: string, marks: Marks): Marks {
  const mark = /^<!--\s*(?:(eventually)|only:\s*(\w+))\s*-->$/.exec(line.trim());
  if (mark?.[1]) return { ...marks, eventually: true };
  if (mark?.[2]) return { ...marks, only: mark[2] };
  return line.trim() === '' ? marks : { eventually: false };
}

interface Block extends Marks {
  readonly start: number;
  readonly section: string;
}

function stepsOf(lines: readonly string[], { start, ...shared }: Block): Step[] {
  const steps: { line: number; command: string[]; expected: string[] }[] = [];
  for (const [index, line] of lines.entries()) {
    const current = steps.at(-1);
    if (line.startsWith('$ ')) steps.push({ line: start + index, command: [line.slice(2)], expected: [] });
    else if (!current) throw new Error(`line ${start + index}: output before the first command: ${line}`);
    else if (current.expected.length === 0 && /^>( |$)/.test(line)) current.command.push(line.slice(2));
    else current.expected.push(line);
  }
  return steps.map(({ line, command, expected }) => ({
    line,
    command: command.join('\n'),
    expected,
    ...shared,
  }));
}
