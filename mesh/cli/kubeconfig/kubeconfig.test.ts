import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ownConfig } from '#mesh/cli/kubeconfig/testing/own-config.ts';
import { changeFile } from '#mesh/cli/kubeconfig/user-file.ts';
import { fakeClient } from '#mesh/cli/testing/fake-client.ts';
import { type CliRun, runCli } from '#mesh/cli/testing/run-cli.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';

const minikube = `apiVersion: v1
kind: Config
clusters:
- cluster: {server: https://192.168.49.2:8443} # the VM
  name: minikube
contexts:
- context: {cluster: minikube, user: minikube}
  name: minikube
current-context: minikube
users:
- name: minikube
  user: {}
`;

/** A user with a HOME, and a mesh that runs or does not. */
class Setting {
  readonly home = temporaryDirectory();
  readonly stateRoot = join(this.home, 'project/.mesh');
  readonly own = join(this.stateRoot, 'kubeconfig');
  readonly file = join(this.home, '.kube/config');
  env: NodeJS.ProcessEnv = { HOME: this.home };

  constructor(text?: string) {
    this.#start('https://127.0.0.1:40001');
    if (text !== undefined) this.write(text);
  }

  write(text: string, mode = 0o600): void {
    mkdirSync(dirname(this.file), { recursive: true });
    writeFileSync(this.file, text, { mode });
  }

  /** The mesh starts again at another port. */
  restart(): void {
    this.#start('https://127.0.0.1:40002');
  }

  #start(server: string): void {
    mkdirSync(this.stateRoot, { recursive: true });
    writeFileSync(this.own, ownConfig(server), { mode: 0o600 });
  }

  run(words: string, { running = true } = {}): Promise<CliRun> {
    const { env, stateRoot, home: cwd } = this;
    const client = running ? { client: fakeClient() } : {};
    return runCli(words.split(' '), { ...client, overrides: { env, stateRoot, cwd } });
  }

  get text(): string {
    return readFileSync(this.file, 'utf8');
  }

  get config() {
    return parse(this.text) as { clusters: { name: string }[]; 'current-context': string };
  }
}

describe('mesh kubeconfig', () => {
  it('prints the path alone on stdout, and what to do with it beside', async () => {
    const user = new Setting();
    const { stdout, stderr, exitCode } = await user.run('kubeconfig');
    expect([stdout, exitCode]).toEqual([`${user.own}\n`, 0]);
    expect(stderr).toContain(`export KUBECONFIG=${user.own}`);
    expect(stderr).toContain(`to ${user.file}, until`);
    expect((await user.run('kubeconfig --print')).stdout).toBe(ownConfig('https://127.0.0.1:40001'));
  });

  it('wants a running mesh, and its file', async () => {
    const user = new Setting(minikube);
    expect((await user.run('kubeconfig --merge', { running: false })).stderr).toContain('no mesh is running');
    rmSync(user.own);
    expect(await user.run('kubeconfig --merge')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining(`its file ${user.own} is gone`),
    });
    expect(user.text).toBe(minikube);
  });

  it('adds the context, and leaves the current one', async () => {
    const user = new Setting(minikube);
    const { stdout } = await user.run('kubeconfig --merge');
    expect(stdout).toContain(
      `Added the context mesh101 to ${user.file}. The current context is still minikube`,
    );
    expect(user.text).toContain('- cluster: {server: https://192.168.49.2:8443} # the VM\n');
    expect(user.config.clusters.map(({ name }) => name)).toEqual(['minikube', 'mesh101']);
    expect((await user.run('down')).stdout).toContain(`Removed the context mesh101 from ${user.file}.\n`);
    expect(user.text).toBe(minikube);
  });

  it('makes it the current one when asked, and gives the former back, over a death of the mesh too', async () => {
    const user = new Setting(minikube);
    await user.run('kubeconfig --use');
    expect(user.config['current-context']).toBe('mesh101');
    user.restart();
    await user.run('kubeconfig --merge');
    const { stdout } = await user.run('down', { running: false });
    expect(stdout).toContain('its current context is minikube again.');
    expect(user.text).toBe(minikube);
    expect((await user.run('down', { running: false })).stdout).toBe('No mesh is running.\n');
  });

  it('makes a file where there is none, closed to others, and removes it again', async () => {
    const user = new Setting();
    expect((await user.run('kubeconfig --merge')).stdout).toContain('It is the current context.');
    expect(statSync(user.file).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(user.file)).mode & 0o777).toBe(0o700);
    await user.run('down');
    expect(readdirSync(dirname(user.file))).toEqual([]);
  });

  it('keeps a file that it made and that has other contexts by now', async () => {
    const user = new Setting();
    await user.run('kubeconfig --merge');
    writeFileSync(user.file, user.text.replace('clusters:\n', 'clusters:\n- {name: kind, cluster: {}}\n'));
    await user.run('down');
    expect(user.config.clusters).toEqual([{ name: 'kind', cluster: {} }]);
  });

  it('takes the first file of KUBECONFIG that is not its own, keeps its mode, and a link a link', async () => {
    const user = new Setting();
    const real = join(user.home, 'real');
    writeFileSync(real, minikube, { mode: 0o640 });
    chmodSync(real, 0o640);
    symlinkSync(real, join(user.home, 'link'));
    user.env = { ...user.env, KUBECONFIG: `${user.own}:link:/nonexistent` };
    await user.run('kubeconfig --merge');
    expect(readFileSync(real, 'utf8')).toContain('mesh101');
    expect(statSync(real).mode & 0o777).toBe(0o640);
    expect(lstatSync(join(user.home, 'link')).isSymbolicLink()).toBe(true);
    expect(existsSync(user.file)).toBe(false);
    await user.run('down');
    expect(readFileSync(real, 'utf8')).toBe(minikube);
  });
});

describe('a file that cannot be changed', () => {
  it.each([
    ['broken YAML', (user: Setting) => user.write('clusters: [\n'), 'at line 2'],
    [
      'bytes that are no text',
      (user: Setting) => writeFileSync(user.file, Buffer.from([0xff, 0xfe])),
      'not UTF-8 text',
    ],
    [
      'a folder',
      (user: Setting) => {
        rmSync(user.file);
        mkdirSync(user.file);
      },
      'it is a folder',
    ],
    [
      'a path through a file',
      (user: Setting) => {
        user.env = { KUBECONFIG: join(user.file, 'config') };
      },
      'a part of its path is not a folder',
    ],
  ])('%s: a sentence, and nothing else', async (_what, prepare, why) => {
    const user = new Setting(minikube);
    prepare(user);
    const before = readdirSync(dirname(user.file));
    const { exitCode, stderr } = await user.run('kubeconfig --merge');
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/^error: \S+ was left as it is: .*\n$/)]);
    expect(stderr).toContain(why);
    expect(readdirSync(dirname(user.file))).toEqual(before);
  });

  it('is told by down as well, which then tries again', async () => {
    const user = new Setting(minikube);
    await user.run('kubeconfig --merge');
    const merged = user.text;
    user.write('clusters: [\n');
    const { exitCode, stderr } = await user.run('down');
    expect([exitCode, stderr]).toEqual([
      0,
      expect.stringContaining(`warning: ${user.file} was left as it is`),
    ]);
    expect(user.text).toBe('clusters: [\n');
    user.write(merged);
    await user.run('down');
    expect(user.text).toBe(minikube);
  });
});

describe('changeFile', () => {
  const add = (word: string) => (text: string | undefined) => ({ text: `${text ?? ''}${word}\n` });

  it('loses nothing when many change a file at once', async () => {
    const file = join(temporaryDirectory(), 'config');
    const words = Array.from({ length: 20 }, (_, index) => String(index));
    await Promise.all(words.map((word) => changeFile(file, add(word))));
    expect(readFileSync(file, 'utf8').trim().split('\n').sort()).toEqual(words.sort());
    expect(readdirSync(dirname(file))).toEqual(['config']);
  });

  it('waits for a program that holds the file, but not for ever', async () => {
    const file = join(temporaryDirectory(), 'config');
    const lock = `${file}.lock`;
    writeFileSync(lock, '');
    await expect(changeFile(file, add('ours'), { lockTimeout: 1 })).rejects.toThrow(
      `another program holds ${lock}; if none runs, remove that file`,
    );
    expect(readdirSync(dirname(file))).toEqual(['config.lock']);
    const change = changeFile(file, add('ours'));
    rmSync(lock);
    await change;
    expect(readdirSync(dirname(file))).toEqual(['config']);
  });

  it('begins anew when an editor has saved the file in between', async () => {
    const file = join(temporaryDirectory(), 'config');
    const seen: (string | undefined)[] = [];
    await changeFile(file, (text) => {
      if (seen.push(text) === 1) writeFileSync(file, 'by an editor\n');
      return add('ours')(text);
    });
    expect(seen).toEqual([undefined, 'by an editor\n']);
    expect(readFileSync(file, 'utf8')).toBe('by an editor\nours\n');
  });
});
