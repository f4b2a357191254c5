import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PAGES, readPage } from '#test/docs/page.ts';
import { ROOT } from '#test/own-mesh.ts';

const pages = PAGES.map(readPage);
const page = (path: string) => pages.find((each) => each.path === path);

/** What `make help` lists is what a reader may be told to run. */
const help = ['Makefile', 'cluster/cluster.mk']
  .map((file) => readFileSync(join(ROOT, file), 'utf8'))
  .join('\n');
const targets = [...help.matchAll(/^([a-z-]+):.*##/gm)].map(([, name]) => name ?? '');

describe.each(pages)('$path', ({ links, code, paragraphs, fenced }) => {
  it('closes each fence where its block ends', () => {
    expect(paragraphs.filter((text) => /^\$ /m.test(text))).toEqual([]);
    expect(code.filter((text) => /^ *(```|~~~)|`{3}|~{3}/m.test(text))).toEqual([]);
    expect(fenced.filter((raw) => !/\n *(`{3,}|~{3,})$/.test(raw))).toEqual([]);
  });

  it('links only to what exists', () => {
    expect(links.filter((link) => !/^\w+:/.test(link)).filter((link) => !leadsSomewhere(link))).toEqual([]);
  });

  it('names only targets of make that exist', () => {
    const named = code.flatMap((text) => text.split('\n')).flatMap(targetsIn);
    expect(named.filter((name) => !targets.includes(name))).toEqual([]);
  });
});

it('finds pages, links and targets', () => {
  expect(PAGES).toContain('README.md');
  expect(page('README.md')?.links).toContain('istio/chain/README.md');
  expect(page('README.md')?.code.flatMap(targetsIn)).toContain('up');
  expect(targets).toContain('deploy-stuff');
});

it('opens the project that package.json names in Cloud Shell', () => {
  const { repository } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const button = page('README.md')?.links.find((link) => link.startsWith('https://shell.cloud.google.com/'));
  const parameters = Object.fromEntries(new URL(button ?? '').searchParams);
  expect(`git+${parameters['cloudshell_git_repo']}.git`).toBe(repository.url);
  expect(existsSync(join(ROOT, parameters['cloudshell_tutorial'] ?? ''))).toBe(true);
});

function leadsSomewhere(link: string): boolean {
  const [path = '', heading] = link.split('#');
  if (!existsSync(join(ROOT, path))) return false;
  return heading === undefined || (page(path)?.anchors.includes(heading) ?? false);
}

/** `make a b X=1   # why` names a and b; what follows a variable or a comment names nothing. */
function targetsIn(line: string): string[] {
  const [, words = ''] = /^(?:\$ )?make(( [a-z][a-z-]*)+)/.exec(line.trim()) ?? [];
  return words.split(' ').filter((word) => word !== '');
}
