import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { findExecutable } from './find-executable.ts';
import { outputPipes } from './output-pipes.ts';
import { startOnTerminal, type WindowSize } from './terminal.ts';

/** A command within a container: where it runs and what it sees. */
export interface ContainerCommand {
  argv: readonly string[];
  env: Readonly<Record<string, string>>;
  cwd: string;
}

/** What the command reads from and writes to. The caller ends the writers. */
export interface CommandIo {
  stdin?: Readable;
  stdout?: Writable;
  stderr?: Writable;
  tty: boolean;
  sizes: AsyncIterable<WindowSize>;
  /** Ends the command, and what it started. */
  signal: AbortSignal;
  /** The container has ended, and everything in it with it. */
  ended?: AbortSignal | undefined;
}

const LINUX = process.platform === 'linux';
/** The exit code of a command that ended without saying how. */
const NO_CODE = 126;
/** How long a client may take to say how large its terminal is. Programs ask at their start. */
const SIZE_WITHIN = 250;
/** How long a command may take to end after its client has gone; a terminal's script, which ends others, needs some time. */
const PATIENCE = 2_000;
const TERMINAL_PATIENCE = 10_000;

/**
 * Runs the command to its end and passes on all its output. Nothing of its process group or its terminal's session outlives it.
 *
 * @returns the exit code, or 128+n for signal n
 * @throws an Error in the words of a container runtime if it cannot be started
 */
export async function execProcess(command: ContainerCommand, io: CommandIo): Promise<number> {
  const name = command.argv[0] ?? '';
  const { env, cwd } = command;
  const found = await findExecutable(name, { cwd, PATH: env['PATH'] });
  await checkFolder(cwd);
  if ('missing' in found) throw missing(name, found.missing);
  const start = { ...command, path: found.path };
  return io.tty ? onTerminal(start, io) : onPipes(start, io);
}

type Start = ContainerCommand & { path: string };

async function onPipes({ argv, env, cwd, path }: Start, io: CommandIo): Promise<number> {
  const wanted = { stdout: io.stdout !== undefined, stderr: io.stderr !== undefined };
  const pipes = LINUX ? await outputPipes(wanted) : undefined;
  const outputs = pipes?.stdio ?? [pipe(io.stdout), pipe(io.stderr)];
  const stdio = [pipe(io.stdin), ...outputs];
  const child = spawn(path, argv.slice(1), { argv0: argv[0] ?? path, env, cwd, detached: true, stdio });
  pipes?.release();
  return ended(child, pipes ?? child, io);
}

async function onTerminal({ argv, env, cwd, path }: Start, io: CommandIo): Promise<number> {
  const python = await findExecutable('python3', { cwd: '/', PATH: process.env['PATH'] });
  if ('missing' in python) throw notStarted('a terminal needs python3 on the PATH');
  const sizes = io.sizes[Symbol.asyncIterator]();
  const size = await firstSize(sizes);
  const { child, resize } = startOnTerminal(
    { path, argv, env, cwd, ...(size.first && { size: size.first }) },
    { python: python.path, detached: true, stdio: [pipe(io.stdin), 'pipe', 'pipe'] },
  );
  forwardSizes(resize, size.next ?? sizes.next(), sizes).catch(() => {});
  return ended(child, child, io);
}

function pipe(stream: Readable | Writable | undefined): 'pipe' | 'ignore' {
  return stream === undefined ? 'ignore' : 'pipe';
}

type Outputs = Pick<ChildProcess, 'stdout' | 'stderr'>;

/** Joins the process with its client, and waits for the end of both it and its output. */
async function ended(child: ChildProcess, { stdout, stderr }: Outputs, io: CommandIo): Promise<number> {
  const closed = once(child, 'close').catch((error: NodeJS.ErrnoException) => error);
  const outputs = [stdout, stderr].filter((stream) => stream !== null);
  const handedOver = outputs.map((stream) => finished(stream).catch(() => {}));
  feed(io.stdin, child.stdin);
  if (io.stdout !== undefined) stdout?.pipe(io.stdout, { end: false });
  const errors = io.tty ? io.stdout : io.stderr;
  if (errors !== undefined) stderr?.pipe(errors, { end: false });
  child.once('exit', () => signalGroup(child, 'SIGKILL'));
  const stop = () => end(child, outputs, io.tty ? TERMINAL_PATIENCE : PATIENCE);
  io.signal.addEventListener('abort', stop, { once: true });
  if (io.signal.aborted) stop();
  // What a terminal's script has started ends by it alone.
  const kill = () => signalGroup(child, io.tty ? 'SIGTERM' : 'SIGKILL');
  io.ended?.addEventListener('abort', kill, { once: true });
  if (io.ended?.aborted) kill();
  const how = await closed;
  await Promise.all(handedOver);
  io.signal.removeEventListener('abort', stop);
  io.ended?.removeEventListener('abort', kill);
  if (how instanceof Error) throw missing(child.spawnfile, how.code ?? how.message);
  const [code, signal] = how as [number | null, NodeJS.Signals | null];
  return signal === null ? (code ?? NO_CODE) : 128 + constants.signals[signal];
}

/** Input goes on being read when the process no longer wants it: other streams come behind it. */
function feed(stdin: Readable | undefined, input: Writable | null): void {
  if (stdin === undefined || input === null) return;
  const drop = () => stdin.unpipe(input).resume();
  input.once('error', drop).once('close', drop);
  stdin.pipe(input);
}

/** First SIGTERM, then SIGKILL. Drops the output: nobody reads it, and a full pipe would keep the command alive. */
function end(child: ChildProcess, outputs: readonly Readable[], gracePeriod: number): void {
  for (const output of outputs) output.unpipe().resume();
  signalGroup(child, 'SIGTERM');
  const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), gracePeriod);
  child.once('close', () => clearTimeout(timer));
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // There is nobody left.
  }
}

/** The first size, if it comes soon; otherwise the promise of it. */
async function firstSize(
  sizes: AsyncIterator<WindowSize>,
): Promise<{ first?: WindowSize; next?: Promise<IteratorResult<WindowSize>> }> {
  const next = sizes.next();
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), SIZE_WITHIN);
  const size = await Promise.race([next, late]);
  clearTimeout(timer);
  if (size === undefined) return { next };
  return size.done ? {} : { first: size.value };
}

async function forwardSizes(
  resize: (size: WindowSize) => void,
  first: Promise<IteratorResult<WindowSize>>,
  sizes: AsyncIterator<WindowSize>,
): Promise<void> {
  for (let size = await first; !size.done; size = await sizes.next()) resize(size.value);
}

async function checkFolder(cwd: string): Promise<void> {
  const folder = await stat(cwd).catch(() => undefined);
  if (folder?.isDirectory()) return;
  const reason = folder === undefined ? 'no such file or directory' : 'not a directory';
  throw notStarted(`chdir to cwd ("${cwd}") set in config.json failed: ${reason}`);
}

function missing(name: string, reason: string): Error {
  if (reason !== 'not found') return notStarted(`exec: "${name}": ${reason}`);
  const text = name.includes('/')
    ? `stat ${name}: no such file or directory`
    : 'executable file not found in $PATH';
  return notStarted(`exec: "${name}": ${text}`);
}

/** In the words of containerd and runc, which kubectl shows as an internal error. */
function notStarted(text: string): Error {
  return new Error(
    `error executing command in container: failed to exec in container: exec failed: unable to start container process: ${text}`,
  );
}
