import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const DATA = join(import.meta.dirname, 'data');
const parsed = new Map<string, unknown>();

/** A file of `data/`, parsed when it is first asked for and kept. */
export function dataFile<Content>(path: string): Content {
  const known = parsed.get(path);
  if (known !== undefined) return known as Content;
  const content: unknown = JSON.parse(readFileSync(join(DATA, path), 'utf8'));
  parsed.set(path, content);
  return content as Content;
}
