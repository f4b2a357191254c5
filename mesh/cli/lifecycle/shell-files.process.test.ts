import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ownConfig } from '#mesh/cli/kubeconfig/testing/own-config.ts';
import { meshProgramsFolder } from '#mesh/kubelet/binary/on-path.ts';
import { prepareStateDirectory, stateDirectory } from '#mesh/kubelet/state/state-directory.ts';
import { projectRoot } from '#mesh/project-root.ts';
import type { Overview } from '#mesh/run/api.ts';
import { type Component, needs, program } from '#test/components/component.ts';
import { kubectl } from '#test/components/kubectl.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';
import { Terminal } from '#test/terminal.ts';

const overview: Overview = { pods: [], urls: [], standIns: [], gatewayUrl: 'http://localhost:8080' };

/** Files that put the user's own kubectl first, in every way that files have. */
const hostile = `
export PATH="$HOME/real:$PATH" KUBECONFIG=/real no_proxy=corp.example
unset NO_PROXY
alias kubectl="$HOME/real/kubectl"
istioctl() { echo real; }
echo "the user's file"
PS1='plain> '
`;
const hostileFish = `
set -gx PATH $HOME/real $PATH
set -gx KUBECONFIG /real
set -gx no_proxy corp.example
set -e NO_PROXY
alias istioctl=/bin/true
abbr kubectl $HOME/real/kubectl
echo "the user's file"
function fish_prompt; echo "plain $status> "; end
`;
const star = `\nPROMPT_COMMAND='PS1="star> "'\n`;

interface ShellCase {
  readonly name: string;
  /** The user's files, below HOME. */
  readonly files: Readonly<Record<string, string>>;
  readonly env?: NodeJS.ProcessEnv;
  readonly prompt?: string;
}

const cases: readonly (readonly [title: string, ShellCase])[] = [
  ['bash', { name: 'bash', files: { '.bashrc': hostile } }],
  [
    'bash whose prompt a program makes',
    { name: 'bash', files: { '.bashrc': hostile + star }, prompt: 'star> ' },
  ],
  [
    'bash with several programs for the prompt',
    {
      name: 'bash',
      files: { '.bashrc': `${hostile}\nPROMPT_COMMAND=(true 'PS1="star> "')\n` },
      prompt: 'star> ',
    },
  ],
  ['zsh', { name: 'zsh', files: { '.zshenv': 'alias mesh=false', '.zshrc': hostile } }],
  [
    'zsh with the files elsewhere',
    { name: 'zsh', files: { 'z/.zshrc': hostile }, env: { ZDOTDIR: '$HOME/z' } },
  ],
  [
    'zsh whose .zshenv moves the files',
    { name: 'zsh', files: { '.zshenv': 'ZDOTDIR=~/z', 'z/.zshrc': hostile } },
  ],
  [
    'zsh whose prompt a program makes',
    { name: 'zsh', files: { '.zshrc': `${hostile}\nprecmd() { PROMPT='star> ' }\n` }, prompt: 'star> ' },
  ],
  [
    'fish',
    {
      name: 'fish',
      files: {
        '.config/fish/config.fish': hostileFish,
        '.config/fish/functions/kubectl.fish': 'function kubectl; echo real; end',
        // Else fish makes completions of every manual page at its first start.
        '.local/share/fish/generated_completions/none': '',
      },
      prompt: 'plain 0> ',
    },
  ],
  ['dash', { name: 'dash', files: { '.shrc': hostile }, env: { ENV: '$HOME/.shrc' } }],
  ['sh', { name: 'sh', files: { '.shrc': hostile }, env: { ENV: '$HOME/.shrc' } }],
];

interface Opened {
  readonly terminal: Terminal;
  /** Where its programs lie, and the mesh's kubeconfig. */
  readonly programs: string;
  readonly kubeconfig: string;
}

/** `mesh shell` on a terminal, with a HOME of these files. */
async function open({ name, files, env = {} }: ShellCase): Promise<Opened> {
  const { home: meshHome, ...mesh } = await standInMesh();
  const home = temporaryDirectory();
  const programs = { 'real/kubectl': '#!/bin/sh\necho real\n', 'own/istioctl': '#!/bin/sh\necho own\n' };
  for (const [file, text] of Object.entries({ ...files, ...programs })) {
    mkdirSync(dirname(join(home, file)), { recursive: true });
    writeFileSync(join(home, file), text, { mode: 0o755 });
  }
  const expanded = Object.entries(env).map(([key, value]) => [
    key,
    key === 'ENV' ? value : value?.replace('$HOME', home),
  ]);
  const terminal = new Terminal({
    command: join(projectRoot, 'bin/mesh'),
    args: ['shell'],
    cwd: home,
    env: {
      ...{ PATH: process.env['PATH'], TERM: 'dumb', HOME: home, SHELL: name, MESH_HOME: meshHome },
      ...{ KUBECTL: kubectl.path, ISTIOCTL: join(home, 'own/istioctl') },
      ...Object.fromEntries(expanded),
    },
  });
  onTestFinished(() => terminal.close());
  return { terminal, ...mesh };
}

/** A runner that knows its overview and nothing else. */
async function standInMesh() {
  const home = temporaryDirectory();
  const state = stateDirectory({ MESH_HOME: home }, '/');
  prepareStateDirectory(state);
  const kubeconfig = join(home, 'kubeconfig');
  writeFileSync(kubeconfig, ownConfig('https://127.0.0.1:1'));
  const server = createServer((_request, response) => void response.end(JSON.stringify(overview)));
  await new Promise<void>((resolve) => server.listen(state.socket, resolve));
  onTestFinished(() => void server.close());
  return { home, programs: join(home, 'shell', meshProgramsFolder), kubeconfig };
}

function shellNamed(name: string): Component {
  const isThere = program(name, `TEST_${name.toUpperCase()}`) !== undefined;
  return { name, isThere, fix: `install it (Debian: apt install ${name})` };
}

describe.each(cases)('%s', (_title, shell) => {
  it("wins over the user's files, and reads them first", needs(shellNamed(shell.name)), async () => {
    const { terminal, programs, kubeconfig } = await open(shell);
    expect(await terminal.until('kubectl and istioctl talk to the laptop mesh here')).toContain(
      "the user's file",
    );
    const types = await terminal.run('type kubectl istioctl mesh');
    expect(types).toContain(`kubectl is ${join(programs, 'kubectl')}`);
    expect(types).toContain(`istioctl is ${join(programs, 'istioctl')}`);
    expect(types).toContain(`mesh is ${join(projectRoot, 'bin/mesh')}`);
    expect(await terminal.run('echo "[$GATEWAY_URL $KUBECONFIG $no_proxy $NO_PROXY]"')).toContain(
      `[localhost:8080 ${kubeconfig} corp.example,localhost,127.0.0.1,::1 corp.example,localhost,127.0.0.1,::1]`,
    );
    expect(await terminal.run('kubectl config current-context; istioctl')).toMatch(/mesh101\s+own\s/);
    expect(terminal.shown).toContain(`(mesh) ${shell.prompt ?? 'plain> '}`);
    expect(await terminal.run("env | sed 's/^/left: /'")).not.toContain('left: MESH_SHELL');
    terminal.type('exit 7\n');
    expect(await terminal.ended).toBe(7);
  });
});

it.each([
  ['bash', 'export PATH="$HOME/real:$PATH" KUBECONFIG=/real; kubectl() { echo real; }'],
  ['zsh', 'path=($HOME/real $path); export KUBECONFIG=/real; kubectl() { echo real }'],
])('%s wins again at the next prompt', needs(shellNamed('zsh')), async (name, change) => {
  const { terminal, programs, kubeconfig } = await open({ name, files: { [`.${name}rc`]: '' } });
  await terminal.until('Leave with exit');
  await terminal.run(change);
  expect(await terminal.run('type kubectl')).toContain(`kubectl is ${join(programs, 'kubectl')}`);
  expect(await terminal.run('echo "[$KUBECONFIG]"')).toContain(`[${kubeconfig}]`);
  terminal.type('exit\n');
  await terminal.ended;
});

it.each([
  ['bash', { '.bashrc': 'kubectl() { echo real; }; readonly -f kubectl' }],
  ['zsh', { '.zshrc': 'PATH=$HOME/real:$PATH; readonly PATH' }],
  ['dash', { '.shrc': 'PATH=$HOME/real:$PATH; readonly PATH' }],
  ['bash', { '.bashrc': 'export KUBECONFIG=/real; readonly KUBECONFIG' }],
])(
  '%s ends with a sentence when the files cannot be won over',
  needs(shellNamed('zsh')),
  async (name, files) => {
    const { terminal } = await open({ name, files, env: { ENV: '$HOME/.shrc' } });
    expect(await terminal.ended).not.toBe(0);
    expect(terminal.shown).toContain(
      `the start-up files of ${name} keep kubectl from reaching the laptop mesh`,
    );
    expect(terminal.shown).not.toContain('talk to the laptop mesh');
  },
);

it('what --env prints makes a shell of the user that of the mesh', async () => {
  const script =
    'no_proxy=corp.example; kubectl() { echo real; }; eval "$("$0" shell --env)"; echo "$GATEWAY_URL $no_proxy $KUBECONFIG"; command -v kubectl';
  const { home, programs, kubeconfig } = await standInMesh();
  const { stdout } = await promisify(execFile)('sh', ['-c', script, join(projectRoot, 'bin/mesh')], {
    env: { PATH: process.env['PATH'], MESH_HOME: home, KUBECTL: kubectl.path },
  });
  expect(stdout).toBe(
    `localhost:8080 corp.example,localhost,127.0.0.1,::1 ${kubeconfig}\n${join(programs, 'kubectl')}\n`,
  );
});
