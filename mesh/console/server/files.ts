import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Body } from '#mesh/console/server/answers.ts';
import { baseStyle } from '#platform/page/page.ts';

const page = fileURLToPath(new URL('../page/', import.meta.url));
const require = createRequire(import.meta.url);

/** The folders of the libraries that the page loads as they come: browser modules, of which nothing is built. */
const libraries: ReadonlyMap<string, string> = new Map([
  ['lit-html', folderOf('lit-html', require.resolve('lit-html'))],
  ['dagre', join(folderOf('@dagrejs/dagre', require.resolve('@dagrejs/dagre')), 'dist')],
  ['uplot', join(folderOf('uplot', require.resolve('uplot')), 'dist')],
  ['marked', join(folderOf('marked', require.resolve('marked')), 'lib')],
]);

/** A package's folder, from any file in it. */
function folderOf(name: string, file: string): string {
  const inside = join('node_modules', name);
  return file.slice(0, file.lastIndexOf(inside) + inside.length);
}

const types: ReadonlyMap<string, string> = new Map([
  ['.html', 'text/html'],
  ['.css', 'text/css'],
  ['.js', 'text/javascript'],
  ['.svg', 'image/svg+xml'],
]);

/** A file that the page is made of, by its address: `/` is the page, `/lib/NAME/…` a library's. Undefined: there is none. */
export async function fileAt(path: string): Promise<Body | undefined> {
  // The colours and sizes of every page of this project.
  if (path === '/page/base.css') return { type: 'text/css', text: baseStyle };
  const file = locate(path);
  const type = file && types.get(extname(file));
  if (file === undefined || type === undefined) return undefined;
  try {
    return { type, text: await readFile(file) };
  } catch {
    return undefined;
  }
}

/** Names hold letters, digits and a few signs: no address leads out of a folder. */
const SEGMENT = /^[\w-][\w.-]*$/;

function locate(path: string): string | undefined {
  if (path === '/') return join(page, 'index.html');
  const segments = path.slice(1).split('/');
  if (!segments.every((segment) => SEGMENT.test(segment))) return undefined;
  const [first, second = '', ...rest] = segments;
  if (first === 'lib') {
    const folder = libraries.get(second);
    return folder && join(folder, ...rest);
  }
  return first === 'page' ? join(page, second, ...rest) : undefined;
}
