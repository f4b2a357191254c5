import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '#test/temporary-directory.ts';
import { StubbedProject } from './project.ts';

describe('make help', () => {
  it('lists every explained target of both files in columns, and asks no tool for it', async () => {
    const project = new StubbedProject(temporaryDirectory());
    const files = ['Makefile', 'cluster/cluster.mk'].map((file) =>
      readFileSync(join(project.folder, file), 'utf8'),
    );
    const explained = [...files.join('\n').matchAll(/^([a-z-]+):.*##/gm)].map(([, target]) => target);

    const { exit, output, commands } = await project.run({ make: 'help' });

    const rows = output.split('\n').filter((line) => line.startsWith('  '));
    expect(rows.map((row) => row.split(/ +/)[2])).toEqual(explained);
    expect(new Set(rows.map((row) => /^ {2}\S+ \S+ +/.exec(row)?.[0].length)).size).toBe(1);
    expect(output).toContain('\nLaptop\n');
    expect(output).toContain('\nCluster\n');
    expect({ exit, commands }).toEqual({ exit: 0, commands: '' });
  });
});
