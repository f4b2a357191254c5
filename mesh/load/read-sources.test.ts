import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSources } from '#mesh/load/read-sources.ts';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'manifests-'));
  await mkdir(join(folder, 'below'));
  await mkdir(join(folder, 'empty'));
  await writeFile(join(folder, 'b.yml'), 'b');
  await writeFile(join(folder, 'a.yaml'), 'a');
  await writeFile(join(folder, 'c.json'), '{}');
  await writeFile(join(folder, 'README.md'), '#');
  await writeFile(join(folder, 'below', 'd.yaml'), 'd');
});

afterAll(() => rm(folder, { recursive: true }));

const stdin = () => Readable.from(['from stdin']);

describe('readSources', () => {
  it("reads a folder's manifests in alphabetical order, not those below", async () => {
    const { files } = await readSources([folder], { stdin: stdin() });
    expect(files.map(({ file, text }) => [basename(file), text])).toEqual([
      ['a.yaml', 'a'],
      ['b.yml', 'b'],
      ['c.json', '{}'],
    ]);
  });

  it('reads those below when asked', async () => {
    const { files } = await readSources([folder], { stdin: stdin(), recursive: true });
    expect(files.map(({ file }) => basename(file))).toContain('d.yaml');
  });

  it('reads single files and standard input in the order given', async () => {
    const { files } = await readSources(['-', join(folder, 'b.yml')], { stdin: stdin() });
    expect(files.map(({ text }) => text)).toEqual(['from stdin', 'b']);
    expect(files[0]?.file).toBe('<stdin>');
  });

  it('reports what it cannot read and goes on', async () => {
    const paths = [join(folder, 'missing.yaml'), join(folder, 'empty'), join(folder, 'a.yaml')];
    const { files, diagnostics } = await readSources(paths, { stdin: stdin() });
    expect(files).toHaveLength(1);
    expect(diagnostics.map(({ message }) => message)).toEqual([
      `the path \`${paths[0]}\` does not exist`,
      `cannot read \`${paths[1]}\`: the folder holds no *.yaml, *.yml or *.json file`,
    ]);
  });
});
