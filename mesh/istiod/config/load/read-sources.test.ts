import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSources } from '#mesh/istiod/config/load/read-sources.ts';

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
    const { files, diagnostics } = await readSources([folder], { stdin: stdin() });
    expect(files.map(({ file, text }) => [basename(file), text])).toEqual([
      ['a.yaml', 'a'],
      ['b.yml', 'b'],
      ['c.json', '{}'],
    ]);
    const unread = `one manifest in the folders below \`${folder}\` is not read: \`${join(folder, 'below/d.yaml')}\``;
    expect(diagnostics).toMatchObject([
      { severity: 'warning', message: unread, fix: 'add -R to read it, too' },
    ]);
  });

  it('reads those below when asked', async () => {
    const { files, diagnostics } = await readSources([folder], { stdin: stdin(), recursive: true });
    expect(files.map(({ file }) => basename(file))).toContain('d.yaml');
    expect(diagnostics).toEqual([]);
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

  it.each([
    ['Latin-1', Buffer.from('kind: A\nname: J\xfcrgen\n', 'latin1'), 'byte 0xFC at offset 15 (line 2)', 2, 8],
    [
      'a character cut in two',
      Buffer.from('a: \u20ac').subarray(0, 5),
      'byte 0xE2 at offset 3 (line 1)',
      1,
      4,
    ],
    ['a lone continuation', Buffer.from([0x80]), 'byte 0x80 at offset 0 (line 1)', 1, 1],
    ['UTF-16', Buffer.from('\ufeffkind: A', 'utf16le'), 'byte 0xFF at offset 0 (line 1)', 1, 1],
  ])('refuses what is not UTF-8: %s', async (_what, bytes, where, line, column) => {
    const { files, diagnostics } = await readSources(['-'], { stdin: Readable.from([bytes]) });
    expect(files).toEqual([]);
    expect(diagnostics).toMatchObject([
      { code: 'M101-not-utf-8', position: { file: '<stdin>', line, column } },
    ]);
    expect(diagnostics[0]?.message).toContain(where);
  });

  it('takes UTF-8 with its mark, and characters of any length', async () => {
    const stdin = Readable.from([Buffer.from('\ufeffa: \u00fc\u20ac\u{1f600}\ufffd')]);
    const { files, diagnostics } = await readSources(['-'], { stdin });
    expect([files[0]?.text, diagnostics]).toEqual(['a: \u00fc\u20ac\u{1f600}\ufffd', []]);
  });
});
