import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseWalkthrough } from '#mesh/console/walkthroughs/parse.ts';
import { readCell, readPage } from '#test/docs/page.ts';
import { ROOT } from '#test/own-mesh.ts';

const PAGE = 'docs/coverage.md';

/** Each walkthrough is run by a file of its own. */
const WALKTHROUGHS = globSync('test/walkthroughs/*.test.ts', { cwd: ROOT }).map(read).join('\n');

const rows = readPage(PAGE).tables.flatMap((table) =>
  table.map((cells) => {
    const [row, exercise, ours, test, state] = cells.map((cell) => readCell(PAGE, cell));
    return { row: row?.text ?? '', exercise: exercise?.text ?? '', ours, test, state: state?.text ?? '' };
  }),
);

describe('docs/coverage.md', () => {
  it('numbers the rows of each document', () => {
    const documents = [...new Set(rows.map(({ row }) => row.split('.')[0]))];
    const numbered = documents.flatMap((document) => {
      const own = rows.filter(({ row }) => row.startsWith(`${document}.`));
      return own.map((_, index) => `${document}.${index + 1}`);
    });
    expect(rows.map(({ row }) => row)).toEqual(numbered);
    expect(documents.length).toBeGreaterThan(1);
  });

  it.each(rows)('$row: $exercise', ({ exercise, ours, test, state }) => {
    expect(exercise).not.toBe('');
    expect(state).toMatch(/^(there|by hand: \S.+)$/);
    expect(test?.text === '', 'a test, or else the reason why there is none').toBe(state !== 'there');
    if (state === 'there') expect(ours?.text, 'what it is here').not.toBe('');
    for (const link of ours?.links ?? []) expect(existsSync(join(ROOT, pathOf(link))), link).toBe(true);
    for (const link of test?.links ?? [])
      expect(test?.code.filter((title) => !runs(link, title))).toEqual([]);
    if (test?.text) expect([test.links, test.code]).toEqual([[expect.any(String)], [expect.any(String)]]);
  });
});

it.each(globSync('istio/*/*.md', { cwd: ROOT }).filter((path) => parseWalkthrough(read(path)).length > 0))(
  '%s has a test that runs it',
  (path) => expect(WALKTHROUGHS).toContain(`testWalkthrough('${path}')`),
);

describe('a test is found only when it', () => {
  it.each([
    ['exists', 'test/docs/no.test.ts', 'a'],
    ['has the title', 'test/layers.test.ts', 'no such title'],
    ['is a test', 'README.md', 'mesh101'],
    ['is in the document', 'istio/chain/README.md', 'kubectl apply -f istio/chain/nothing.yaml'],
  ])('%s', (_, path, title) => {
    expect(runs(path, title)).toBe(false);
  });
});

/** Whether this file is run by the tests, and has a test, a case or a command of that text. */
function runs(path: string, title: string): boolean {
  if (!existsSync(join(ROOT, path))) return false;
  const text = read(path);
  if (path.endsWith('.md')) {
    const commands = parseWalkthrough(text).map(({ command }) => command);
    return WALKTHROUGHS.includes(`'${path}'`) && commands.some((command) => command.includes(title));
  }
  if (path.includes('/testdata/')) return text.replace(/\s+/g, ' ').includes(title) && isCase(path);
  return path.endsWith('.test.ts') && text.includes(title);
}

/** A golden case is run by a test beside its folder. */
function isCase(path: string): boolean {
  const folder = dirname(path);
  const input = join(ROOT, path).replace(/\.out\.yaml$/, '.in.yaml');
  return existsSync(input) && existsSync(join(ROOT, dirname(folder), 'targets.process.test.ts'));
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

function pathOf(link: string): string {
  return link.split('#')[0] ?? '';
}
