import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '#test/temporary-directory.ts';
import { StubbedProject } from './project.ts';
import type { Answer } from './stubs.ts';

// Some of these start dozens of processes, and other tests may have the machine.

const NEW = { ISTIO_VERSION: '1.99.0' };
const istioctl = (project: StubbedProject): string =>
  join(project.folder, '.cache/istio-1.99.0/bin/istioctl');

describe('make download-istio', () => {
  it('unpacks the archive of this platform after comparing its checksum', async () => {
    const { archive, sum } = release();
    const project = new StubbedProject(temporaryDirectory());
    const result = await project.run({ make: 'download-istio', with: NEW, answers: delivered(archive, sum) });
    expect(result).toMatchObject({
      exit: 0,
      output: expect.stringContaining('Istio 1.99.0 is in .cache/istio-1.99.0'),
    });
    expect(readFileSync(istioctl(project), 'utf8')).toBe('the program');
  });

  it.each([
    { system: 'Darwin', machine: 'arm64', archive: 'osx-arm64' },
    { system: 'Darwin', machine: 'x86_64', archive: 'osx-amd64' },
    { system: 'Linux', machine: 'aarch64', archive: 'linux-arm64' },
  ])('asks for $archive on $system $machine', async ({ system, machine, archive }) => {
    const platform = [
      { to: 'uname -s', say: system },
      { to: 'uname -m', say: machine },
      { to: 'curl *', exit: 22 },
    ];
    const { exit, commands, output } = await new StubbedProject(temporaryDirectory()).run({
      make: 'download-istio',
      with: NEW,
      answers: platform,
    });
    expect(exit).toBe(2);
    expect(commands).toContain(
      `https://github.com/istio/istio/releases/download/1.99.0/istio-1.99.0-${archive}.tar.gz`,
    );
    expect(output).toContain('or there is no release 1.99.0');
  });

  it('names a platform that Istio has no release for', async () => {
    const answers = [{ to: 'uname -s', say: 'Plan9' }];
    const { exit, output } = await new StubbedProject(temporaryDirectory()).run({
      make: 'download-istio',
      with: NEW,
      answers,
    });
    expect({ exit, output }).toEqual({
      exit: 2,
      output: 'download-istio: Istio has no release for Plan9: use Cloud Shell\n',
    });
  });

  it('installs nothing when the checksum differs', async () => {
    const { archive, sum } = release();
    writeFileSync(sum, `${'0'.repeat(64)}  istio.tar.gz\n`);
    const root = temporaryDirectory();
    const project = new StubbedProject(root);
    const result = await project.run({ make: 'download-istio', with: NEW, answers: delivered(archive, sum) });
    expect(result).toMatchObject({ exit: 2, output: expect.stringContaining('nothing was installed') });
    expect(existsSync(istioctl(project))).toBe(false);
    expect(readdirSync(join(root, 'tmp'))).toEqual([]);
  });
});

/** An archive as Istio's releases are, and its checksum file. */
function release(): { archive: string; sum: string } {
  const folder = temporaryDirectory();
  const archive = join(folder, 'archive.tar.gz');
  mkdirSync(join(folder, 'istio-1.99.0/bin'), { recursive: true });
  writeFileSync(join(folder, 'istio-1.99.0/bin/istioctl'), 'the program', { mode: 0o755 });
  execFileSync('tar', ['-czf', archive, '-C', folder, 'istio-1.99.0']);
  const sum = join(folder, 'sum');
  writeFileSync(sum, `${createHash('sha256').update(readFileSync(archive)).digest('hex')}  istio.tar.gz\n`);
  return { archive, sum };
}

const delivered = (archive: string, sum: string): Answer[] => [
  { to: 'curl *.sha256', deliver: sum },
  { to: 'curl *', deliver: archive },
];
