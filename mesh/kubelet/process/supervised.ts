import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { type Backoff, createBackoff } from '#mesh/kubelet/process/backoff.ts';
import type { LogFile } from '#mesh/kubelet/process/log-file.ts';
import { marker } from '#mesh/kubelet/process/mesh-processes.ts';
import type { Command } from '#mesh/kubelet/process/node-executable.ts';
import type { WindowSize } from '#mesh/kubelet/terminal.ts';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly at: Date;
  /** When that run began. */
  readonly startedAt: Date;
  /** Why it could not be started at all. */
  readonly error?: string;
}

/** The pod's: after which ends the program starts again. */
export type RestartPolicy = 'Always' | 'OnFailure' | 'Never';

/** What a client that attaches to a program hands its input to. */
export interface ProgramInput {
  readonly stdin: Writable;
  /** Whether the input ends when the first client has detached. */
  readonly once: boolean;
  resize(size: WindowSize): void;
}

/** One run of a program: a process, or a part of the shared process. Its end is the event `exit`, as of a ChildProcess. */
export interface ProgramRun {
  readonly pid?: number | undefined;
  readonly exitCode: number | null;
  readonly signalCode: NodeJS.Signals | null;
  /** Absent where the program reads nothing. */
  readonly input?: ProgramInput;
  kill(signal: NodeJS.Signals): boolean;
  once(event: 'error', listener: (error: Error) => void): unknown;
  once(event: 'exit', listener: (code: number | null, signal: NodeJS.Signals | null) => void): unknown;
}

export interface SupervisedOptions {
  readonly command: Command;
  /** Begins a run; default: a process of the command. */
  readonly begin?: (log: LogFile) => ProgramRun;
  /** Default `Always`. */
  readonly restartPolicy?: RestartPolicy;
  readonly log: LogFile;
  readonly backoff?: Backoff;
  /** What asks a run to end; default SIGTERM. */
  readonly stopSignal?: NodeJS.Signals;
  /** After every start and every exit. */
  readonly onChange?: (process: Supervised) => void;
}

/**
 * A program that is kept running: when it ends, it starts again, after a growing pause. It stays in
 * the runner's process group, which is how the guardian finds it.
 */
export class Supervised {
  readonly log: LogFile;
  #options: SupervisedOptions;
  #backoff: Backoff;
  #child: ProgramRun | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #startedAt = new Date();
  #logOffset = 0;
  #previousOffset = 0;
  #restarts = 0;
  #lastExit: Exit | undefined;

  constructor(options: SupervisedOptions) {
    this.#options = options;
    this.#backoff = options.backoff ?? createBackoff();
    this.log = options.log;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** The current run's, if it reads any. */
  get input(): ProgramInput | undefined {
    return this.#child?.input;
  }

  get restarts(): number {
    return this.#restarts;
  }

  get lastExit(): Exit | undefined {
    return this.#lastExit;
  }

  get startedAt(): Date {
    return this.#startedAt;
  }

  /** `ended`: by itself, and it is not started again. */
  get state(): 'running' | 'waiting' | 'ended' | 'stopped' {
    if (this.#child) {
      return 'running';
    }
    if (this.#isOver) return 'ended';
    return this.#stopped ? 'stopped' : 'waiting';
  }

  get #isOver(): boolean {
    const { restartPolicy = 'Always' } = this.#options;
    if (restartPolicy === 'Always' || !this.#lastExit || this.#child) return false;
    return this.#lastExit.error === undefined && (restartPolicy === 'Never' || this.#lastExit.code === 0);
  }

  /** Where in the log the output of the current or last run begins. */
  get outputStart(): number {
    return this.#logOffset;
  }

  /** What the current or last run wrote. */
  get output(): string {
    return this.log.read(this.#logOffset);
  }

  /** Where in the log the output of the run before begins, and where it ends; undefined before the end of the first. */
  get previousRange(): { readonly from: number; readonly to: number } | undefined {
    if (!this.#lastExit) return undefined;
    return this.#child
      ? { from: this.#previousOffset, to: this.#logOffset }
      : { from: this.#logOffset, to: this.log.size };
  }

  /** What the run before the current one wrote, or the last one when none is under way; undefined before its end. */
  get previousOutput(): string | undefined {
    const range = this.previousRange;
    return range && this.log.read(range.from, range.to);
  }

  /** Never throws: a program that cannot be started waits for its next try, and `lastExit` says why. */
  start(): void {
    this.#startedAt = new Date();
    this.#previousOffset = this.#logOffset;
    this.#logOffset = this.log.size;
    try {
      this.#child = this.#spawn();
    } catch (error) {
      // Node reports some of the system's refusals (E2BIG, ENOMEM) and its own (a NUL) by throwing.
      this.#ended(null, null, spawnFailure(error as Error, this.#options.command));
      return;
    }
    this.#options.onChange?.(this);
  }

  #spawn(): ProgramRun {
    const child = this.#options.begin?.(this.log) ?? this.#process();
    child.once('error', (error) => child.pid === undefined && this.#ended(null, null, error.message));
    child.once('exit', (code, signal) => this.#ended(code, signal));
    return child;
  }

  #process(): ProgramRun {
    const { command, args, env, cwd } = this.#options.command;
    const output = this.log.descriptor;
    return spawn(command, [...args], {
      cwd,
      env: { ...env, ...marker() },
      stdio: ['ignore', output, output],
    });
  }

  #ended(code: number | null, signal: NodeJS.Signals | null, error?: string): void {
    this.#child = undefined;
    this.#lastExit = {
      code,
      signal,
      at: new Date(),
      startedAt: this.#startedAt,
      ...(error === undefined ? {} : { error }),
    };
    if (!this.#stopped && !this.#isOver) {
      const wait = this.#backoff.next(Date.now() - this.#startedAt.getTime());
      this.#timer = setTimeout(() => this.#again(), wait);
    }
    this.#options.onChange?.(this);
  }

  #again(): void {
    this.#restarts += 1;
    this.start();
  }

  /** Ends the current run, as a failed liveness probe does; the back-off decides when the next begins. */
  async restart(grace: number): Promise<void> {
    await this.#end(grace);
  }

  /** Ends the program for good: SIGTERM (or its own signal), and SIGKILL after `grace` milliseconds. */
  async stop(grace: number): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#end(grace);
  }

  async #end(grace: number): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) {
      return;
    }
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(this.#options.stopSignal ?? 'SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), grace);
    await ended;
    clearTimeout(timer);
  }
}

/** Linux' MAX_ARG_STRLEN: 32 pages for one variable, its name and its NUL included, or one argument. */
const longestString = 128 * 1024;

/** Why a program could not be started, in a sentence that says which of its strings is to blame where that is known. */
function spawnFailure(error: Error, { command, args, env }: Command): string {
  const strings = [
    { name: 'the command', text: command },
    ...args.map((text, index) => ({ name: `argument ${index + 1}`, text })),
    ...Object.entries(env).map(([name, value]) => ({
      name: `the variable ${name}`,
      text: `${name}=${value}`,
    })),
  ];
  const withNul = strings.find(({ text }) => text.includes('\0'));
  if (withNul) {
    return `${withNul.name} contains a NUL character, which cannot be passed to a program: remove it`;
  }
  if ((error as NodeJS.ErrnoException).code !== 'E2BIG') {
    return error.message;
  }
  const long = strings.find(({ text }) => Buffer.byteLength(text) >= longestString);
  return long
    ? `${long.name} has ${Buffer.byteLength(long.text)} bytes, and Linux allows ${longestString - 1}: mount it as a file instead`
    : 'the arguments and variables together are longer than the system allows: mount some as files instead';
}
