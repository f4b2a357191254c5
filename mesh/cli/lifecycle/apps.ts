import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandFailure } from '#mesh/cli/usage-error.ts';
import { nearest } from '#mesh/nearest.ts';
import { projectRoot } from '#mesh/project-root.ts';

/** What `mesh up` does for one application of this suite. Paths are relative to the project. */
export interface App {
  readonly name: string;
  /** The services alone, where the app's walkthrough begins. */
  readonly services: readonly string[];
  /** The rules that bring it to a state worth a first look. */
  readonly start: readonly string[];
  /** How to get its first answer. */
  readonly first: FirstQuestion;
  /** What its walkthrough and its variants may have added. */
  readonly others: readonly string[];
}

export type FirstQuestion =
  /** A path at the gateway's port; `title` shows a page's title instead of the page. */
  | { readonly path: string; readonly port: number; readonly show: 'all' | 'title' }
  /** A line of text that a server at the gateway's port answers. */
  | { readonly line: string; readonly port: number };

const EVERY = 'all';
const DEFAULT = 'chain';

/** The applications of a table like apps.txt, which explains itself, in its order. Throws where that is not one. */
export function parseApps(table: string): readonly App[] {
  const lines = table
    .split('\n')
    .filter((line) => line.trim() && !line.startsWith('#'))
    .map((line) => line.trim().split(/\s+/));
  return [...Map.groupBy(lines, ([name = '']) => name)].map(([name, rows]) => {
    const columnsOf = (what: string) => rows.filter((row) => row[1] === what).flatMap((row) => row.slice(2));
    const [services, start, others] = [columnsOf('services'), columnsOf('start'), columnsOf('others')];
    return { name, services, start, first: parseFirst(name, columnsOf('first')), others };
  });
}

function parseFirst(app: string, [kind, number, ...words]: readonly string[]): FirstQuestion {
  const [port, text] = [Number(number), words.join(' ')];
  if (text && kind === 'line') return { line: text, port };
  if (text && (kind === 'page' || kind === 'title')) {
    return { path: text, port, show: kind === 'page' ? 'all' : 'title' };
  }
  throw new Error(
    `apps.txt: the first question of ${app} is none of: page, title or line, with PORT and text`,
  );
}

/** The applications of this project, in the order in which they are applied. */
export function everyApp(): readonly App[] {
  return parseApps(readFileSync(join(projectRoot, 'apps.txt'), 'utf8'));
}

/** The apps that words name, in the table's order; none is the chain. An unknown word is a mistake of the user. */
export function appsNamed(words: readonly string[]): readonly App[] {
  const apps = everyApp();
  const known = [...apps.map(({ name }) => name), EVERY];
  const unknown = words.find((word) => !known.includes(word));
  if (unknown !== undefined) {
    const meant = nearest(unknown, known);
    const hint = meant === undefined ? '' : `\n(Did you mean ${meant}?)`;
    throw new CommandFailure(
      `error: there is no app "${unknown}"${hint}\nChoose one of ${known.join(', ')}.`,
    );
  }
  const wanted = words.length === 0 ? [DEFAULT] : words;
  return wanted.includes(EVERY) ? apps : apps.filter(({ name }) => wanted.includes(name));
}
