import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { lexer, type Token, type Tokens, walkTokens } from 'marked';
import { ROOT } from '#test/own-mesh.ts';

const FENCE = /^ *(`{3,}|~{3,})/m;

export type Row = readonly Tokens.TableCell[];

/** One of the project's Markdown files. */
export interface Page {
  /** From the project's root. */
  readonly path: string;
  /** What its links lead to: an address, or a path from the project's root, perhaps with `#heading`. */
  readonly links: readonly string[];
  /** Its blocks and pieces of code. */
  readonly code: readonly string[];
  /** The names by which links reach its headings. */
  readonly anchors: readonly string[];
  readonly tables: readonly (readonly Row[])[];
  readonly paragraphs: readonly string[];
  /** Fenced blocks as they stand in the file, fences included. */
  readonly fenced: readonly string[];
}

/** Every page that a reader finds. */
export const PAGES: readonly string[] = globSync(['*.md', 'docs/**/*.md', 'istio/*/*.md'], {
  cwd: ROOT,
}).sort();

export function readPage(path: string): Page {
  const tokens = lexer(readFileSync(join(ROOT, path), 'utf8'));
  const all: Token[] = [];
  walkTokens(tokens, (token) => {
    all.push(token);
  });
  const some = <T extends Token>(...types: readonly string[]) =>
    all.filter((token): token is T => types.includes(token.type));
  return {
    path,
    links: [
      ...some<Tokens.Link>('link', 'image').map(({ href }) => href),
      ...some<Tokens.HTML>('html').flatMap(({ raw }) => picturesOf(raw)),
    ].map((href) => fromRoot(path, href)),
    code: some<Tokens.Code>('code', 'codespan').map(({ text }) => text),
    anchors: some<Tokens.Heading>('heading').map(({ text }) => anchor(text)),
    paragraphs: some<Tokens.Paragraph>('paragraph').map(({ text }) => text),
    fenced: some<Tokens.Code>('code')
      .map(({ raw }) => raw.trim())
      .filter((raw) => FENCE.test(raw)),
    tables: some<Tokens.Table>('table').map(({ rows }) => rows),
  };
}

/** What stands in a cell: its plain text, the paths of its links, and its pieces of code. */
export function readCell(path: string, { text, tokens }: Tokens.TableCell) {
  const links = tokens.filter((token): token is Tokens.Link => token.type === 'link');
  const code = tokens.filter((token): token is Tokens.Codespan => token.type === 'codespan');
  return { text, links: links.map(({ href }) => fromRoot(path, href)), code: code.map((each) => each.text) };
}

/** The files of a `<picture>`, which has one for light and one for dark pages. */
function picturesOf(html: string): string[] {
  return [...html.matchAll(/\b(?:src|srcset)="([^"]+)"/g)].map(([, href]) => href ?? '');
}

function fromRoot(path: string, href: string): string {
  if (/^\w+:/.test(href)) return href;
  return href.startsWith('#') ? path + href : join(dirname(path), href);
}

/** As GitHub makes them: small letters, no punctuation, a dash for each space. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}
