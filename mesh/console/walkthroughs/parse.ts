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
  /** What the step looks at is on its way and arrives within seconds, on a laptop too: repeat everywhere. */
  readonly soon: boolean;
  /** Where the step makes sense, when not everywhere. */
  readonly only?: string;
  /** What the step cannot do without and not every place has: `mariadb`, `istioctl`, `internet`. */
  readonly needs?: string;
}

interface Marks {
  eventually: boolean;
  soon: boolean;
  only?: string;
  needs?: string;
}

const UNMARKED: Marks = { eventually: false, soon: false };

/**
 * The commands in a walkthrough's `console` blocks: a line after `$ ` is a command, `> ` continues it (here-documents
 * and backslashes too), all other lines are its output. A comment before the block marks it:
 * `<!-- eventually -->`, `<!-- soon -->`, `<!-- only: laptop -->`, `<!-- needs: mariadb -->`. Blocks of other languages are for the reader.
 */
export function parseWalkthrough(text: string): Step[] {
  const steps: Step[] = [];
  let section = '';
  let marks = UNMARKED;
  let block: string[] | undefined;
  let start = 0;
  for (const [index, line] of text.split('\n').entries()) {
    if (block) {
      if (!line.startsWith('```')) block.push(line);
      else {
        if (block.length > 0) steps.push(...stepsOf(block, { start, section, ...marks }));
        block = undefined;
        marks = UNMARKED;
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
  const mark = /^<!--\s*(?:(eventually|soon)|(only|needs):\s*(\w+))\s*-->$/.exec(line.trim());
  if (mark?.[1]) return { ...marks, [mark[1]]: true };
  if (mark?.[2]) return { ...marks, [mark[2]]: mark[3] };
  return line.trim() === '' ? marks : UNMARKED;
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
