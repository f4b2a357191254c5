import { type ChildProcess, spawn } from 'node:child_process';
import { type Backoff, createBackoff } from '#mesh/run/process/backoff.ts';
import type { LogFile } from '#mesh/run/process/log-file.ts';

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly at: Date;
  /** Why it could not be started at all. */
  readonly error?: string;
}

export interface SupervisedOptions {
  readonly command: Command;
  readonly log: LogFile;
  readonly backoff?: Backoff;
  /** After every start and every exit. */
  readonly onChange?: (process: Supervised) => void;
}

/**
 * A program that is kept running: when it ends by itself it is started again, after a pause that grows. It stays in
 * the runner's process group, which is how the guardian finds it.
 */
export class Supervised {
  readonly log: LogFile;
  #options: SupervisedOptions;
  #backoff: Backoff;
  #child: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #startedAt = new Date();
  #logOffset = 0;
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

  get restarts(): number {
    return this.#restarts;
  }

  get lastExit(): Exit | undefined {
    return this.#lastExit;
  }

  get startedAt(): Date {
    return this.#startedAt;
  }

  get state(): 'running' | 'waiting' | 'stopped' {
    if (this.#child) {
      return 'running';
    }
    return this.#stopped ? 'stopped' : 'waiting';
  }

  /** What the current or last run wrote. */
  get output(): string {
    return this.log.read(this.#logOffset);
  }

  start(): void {
    const { command, args, env, cwd } = this.#options.command;
    this.#startedAt = new Date();
    this.#logOffset = this.log.size;
    const output = this.log.descriptor;
    const child = spawn(command, [...args], { cwd, env, stdio: ['ignore', output, output] });
    this.#child = child;
    child.once('error', (error) => child.pid === undefined && this.#ended(null, null, error.message));
    child.once('exit', (code, signal) => this.#ended(code, signal));
    this.#options.onChange?.(this);
  }

  #ended(code: number | null, signal: NodeJS.Signals | null, error?: string): void {
    this.#child = undefined;
    this.#lastExit = { code, signal, at: new Date(), ...(error === undefined ? {} : { error }) };
    if (!this.#stopped) {
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

  /** Ends the program for good: SIGTERM, and SIGKILL after `grace` milliseconds. */
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
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), grace);
    await ended;
    clearTimeout(timer);
  }
}
