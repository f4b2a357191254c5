import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { CliContext } from '#mesh/cli/context.ts';
import { untilListening } from '#mesh/cli/listening.ts';
import type { GuardianWord } from '#mesh/cli/own-programs/guardian.ts';
import type { Kubectl, KubectlCall } from '#mesh/cli/own-programs/kubectl.ts';
import { CommandFailure } from '#mesh/cli/usage-error.ts';

const guardian = fileURLToPath(new URL('guardian.ts', import.meta.url));
const LISTENS_WITHIN = 10_000;
const NOT_FOUND = 127;

export interface SupervisedProgram {
  readonly words: readonly string[];
  /** The environment that the pod's own program would have. */
  readonly env: Readonly<Record<string, string>>;
  /** The pod's ports, and the ports of this machine at which the program must listen; the first is its PORT. */
  readonly ports: readonly PortPair[];
  /** Its address for others in the mesh. */
  readonly address: string;
}

export interface PortPair {
  readonly containerPort: number;
  readonly appPort: number;
}

/** A change of the mesh that is undone, however this process ends. */
export interface Takeover {
  readonly kubectl: Kubectl;
  readonly restore: readonly KubectlCall[];
}

/** Runs `task` and then undoes everything; if this process is killed, the guardian does so. */
export async function withTakeover<T>(
  { kubectl, restore }: Takeover,
  task: (started: (pid: number) => void) => Promise<T>,
): Promise<T> {
  const child = spawn(process.execPath, [guardian], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  const tell = (word: GuardianWord) => child.stdin?.write(`${JSON.stringify(word)}\n`);
  tell({ say: 'restore', command: kubectl.command, env: kubectl.env, calls: restore });
  try {
    return await task((pid) => tell({ say: 'program', pid }));
  } finally {
    for (const call of restore) await kubectl.run(call);
    tell({ say: 'done' });
    child.stdin?.end();
    child.unref();
  }
}

/** Runs the program until it ends or Ctrl-C; resolves with its exit code. */
export async function supervise(
  context: CliContext,
  program: SupervisedProgram,
  started: (pid: number) => void,
): Promise<number> {
  const [command = '', ...args] = program.words.map((word) => withPort(word, program));
  const child = spawn(command, args, {
    cwd: context.cwd,
    env: { ...context.env, ...program.env, ...portVariables(program) },
    stdio: ['inherit', 'inherit', 'inherit'],
  });
  const ended = exitOf(child, command);
  if (child.pid !== undefined) started(child.pid);
  const stop = context.interrupted().then(() => child.kill('SIGTERM'));
  void stop;
  void tellWhenListening(context, program, child);
  return ended;
}

async function exitOf(child: ChildProcess, command: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      const text = error.code === 'ENOENT' ? 'there is no such program' : error.message;
      reject(new CommandFailure(`error: ${command}: ${text}`, { exitCode: NOT_FOUND }));
    });
    child.on('close', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}

/** `{port}` in a word is the port to listen at, for programs that take it as an argument. */
function withPort(word: string, { ports }: SupervisedProgram): string {
  return word.replaceAll('{port}', String(ports[0]?.appPort ?? ''));
}

function portVariables({ ports }: SupervisedProgram): Record<string, string> {
  const named = ports.map(({ containerPort, appPort }) => [`PORT_${containerPort}`, String(appPort)]);
  return Object.fromEntries([['PORT', String(ports[0]?.appPort ?? '')], ...named]);
}

async function tellWhenListening(
  { stderr }: CliContext,
  program: SupervisedProgram,
  child: ChildProcess,
): Promise<void> {
  const port = program.ports[0]?.appPort;
  if (port === undefined) return;
  const goesOn = () => child.exitCode === null && child.signalCode === null;
  const isThere = await untilListening(port, { within: LISTENS_WITHIN, goesOn });
  if (isThere) stderr.write(`✔ ${program.address} leads to this program\n`);
  else if (goesOn()) stderr.write(whyNothingArrives(program));
}

/** What the user must know if the program does not listen where the mesh expects it. */
export function whyNothingArrives({ ports, env, address }: SupervisedProgram): string {
  const [first] = ports;
  const proxy = env['HTTP_PROXY'];
  return [
    `warning: the program does not listen on 127.0.0.1:${first?.appPort}, so requests for ${address} get 503.`,
    `  Its port ${first?.containerPort} is port ${first?.appPort} on this machine: read it from the variable PORT, or write {port} for it in the command.`,
    ...(proxy
      ? [
          `  Its requests go through the mesh if it uses HTTP_PROXY=${proxy}; not every HTTP client does so by default.`,
        ]
      : []),
    '',
  ].join('\n');
}
