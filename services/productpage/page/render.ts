import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Eta } from 'eta/core';

const TEMPLATES = join(import.meta.dirname, 'templates');
const STATIC = join(import.meta.dirname, '../static');

// What `<%= %>` writes is escaped.
const eta = new Eta({ autoEscape: true, cache: true });
// Compiles all of them now, so that a mistake ends the service at its start, and no request waits.
for (const file of readdirSync(TEMPLATES))
  eta.loadTemplate(`@${basename(file, '.eta')}`, readFileSync(join(TEMPLATES, file), 'utf8'));

/** The address of a file in `static/`; a changed file has a new address, so that browsers may keep each for ever. */
function asset(file: string): string {
  const digest = createHash('sha256')
    .update(readFileSync(join(STATIC, file)))
    .digest('hex');
  return `/static/${file}?v=${digest.slice(0, 12)}`;
}

const assets = {
  styles: ['page.css', 'account.css', 'book.css'].map(asset),
  icon: asset('book.svg'),
  cover: asset('cover.svg'),
};

/** Writes a page; `templates/layout.eta` is around each. */
export function render(template: string, view: object): string {
  return eta.render(`@${template}`, { ...view, assets });
}
