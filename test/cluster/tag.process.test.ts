import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '#test/temporary-directory.ts';
import { StubbedProject } from './project.ts';

// Some of these start dozens of processes, and other tests may have the machine.

let project: StubbedProject;
let commit: string;

beforeEach(() => {
  project = new StubbedProject(temporaryDirectory());
  writeFileSync(join(project.folder, '.gitignore'), '.cache/\n');
  git('init', '--quiet');
  git('add', '--all');
  git('-c', 'user.name=test', '-c', 'user.email=test@example.com', 'commit', '--quiet', '--message', 'all');
  commit = git('rev-parse', '--short', 'HEAD');
});

describe('the tag of an image, when TAG is not set', () => {
  it('is the commit', async () => {
    expect(await tag()).toBe(commit);
  });

  it('follows the content of changed and of new files', async () => {
    change('services/chain/main.ts', 'one');
    const one = await tag();
    change('services/chain/main.ts', 'two');
    const two = await tag();
    change('services/chain/new.ts', 'three');
    const three = await tag();
    for (const each of [one, two, three]) expect(each).toMatch(new RegExp(`^${commit}-dirty-[0-9a-f]{7}$`));
    expect(new Set([one, two, three]).size).toBe(3);
  });

  it('is the same for the same content, and leaves the repository as it was', async () => {
    change('services/chain/main.ts', 'one');
    const before = [git('status', '--porcelain'), git('count-objects')];
    const first = await tag();
    expect(await tag()).toBe(first);
    expect([git('status', '--porcelain'), git('count-objects')]).toEqual(before);
    expect(readdirSync(join(project.folder, '..', 'tmp'))).toEqual([]);
  });
});

const change = (file: string, text: string): void => writeFileSync(join(project.folder, file), text);

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: project.folder, encoding: 'utf8' }).trim();
}

async function tag(): Promise<string | undefined> {
  const { output } = await project.run({ make: 'build', with: { TAG: '', REGISTRY: 'here' } });
  return /^Building here\/chain:(.+)$/m.exec(output)?.[1];
}
