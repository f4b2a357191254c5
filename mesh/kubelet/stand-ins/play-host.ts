import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import type { LogFile } from '#mesh/kubelet/process/log-file.ts';
import { marker } from '#mesh/kubelet/process/mesh-processes.ts';
import { compileCache, nodeExecutable } from '#mesh/kubelet/process/node-executable.ts';
import type { ProgramRun } from '#mesh/kubelet/process/supervised.ts';
import type { PlayedContainer } from '#mesh/kubelet/stand-ins/played.ts';
import { projectRoot } from '#mesh/project-root.ts';

const program = 'services/stand-in/main.ts';

interface Ended {
  readonly type: 'ended';
  readonly id: number;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * The process that plays all stand-ins. It starts with the first of them; when it dies, so do all of them, and their pods
 * start them again.
 */
export class PlayHost {
  readonly #log: LogFile;
  readonly #parts = new Map<number, PlayedRun>();
  #child: ChildProcess | undefined;
  #last = 0;

  /** @param log what the process itself writes, which is nothing unless something is wrong with it */
  constructor(log: LogFile) {
    this.#log = log;
  }

  get log(): LogFile {
    return this.#log;
  }

  /** Begins one run of a container. It ends like a process. */
  play(container: PlayedContainer, log: string): ProgramRun {
    const child = this.#start();
    this.#last += 1;
    const id = this.#last;
    const run = new PlayedRun(child.pid, (signal) => child.send({ type: 'end', id, signal }, () => {}));
    this.#parts.set(id, run);
    child.send({ type: 'play', part: { ...container, id, log } }, () => {});
    return run;
  }

  /** Ends the process; its parts have been ended before. */
  stop(): void {
    if (this.#child?.connected) this.#child.disconnect();
  }

  #start(): ChildProcess {
    if (this.#child) return this.#child;
    const output = this.#log.descriptor;
    const child = spawn(nodeExecutable, ['--max-semi-space-size=8', program], {
      cwd: projectRoot,
      env: { PATH: process.env['PATH'] ?? '', NODE_COMPILE_CACHE: compileCache, ...marker() },
      stdio: ['ignore', output, output, 'ipc'],
      serialization: 'advanced',
    });
    this.#child = child;
    child.on('message', (message) => this.#ended(message as Ended));
    child.once('error', (error) => this.#lost(child, error));
    child.once('exit', () => this.#lost(child));
    return child;
  }

  #ended({ id, code, signal }: Ended): void {
    this.#parts.get(id)?.end(code, signal);
    this.#parts.delete(id);
  }

  #lost(child: ChildProcess, error?: Error): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    const parts = [...this.#parts.values()];
    this.#parts.clear();
    for (const part of parts) error ? part.emit('error', error) : part.end(child.exitCode, child.signalCode);
  }
}

/** What `Supervised` sees of a container that another process plays. */
class PlayedRun extends EventEmitter implements ProgramRun {
  readonly pid: number | undefined;
  exitCode: number | null = null;
  signalCode: NodeJS.Signals | null = null;
  readonly #signal: (signal: NodeJS.Signals) => void;

  constructor(pid: number | undefined, signal: (signal: NodeJS.Signals) => void) {
    super();
    this.pid = pid;
    this.#signal = signal;
  }

  kill(signal: NodeJS.Signals): boolean {
    this.#signal(signal);
    return true;
  }

  end(code: number | null, signal: NodeJS.Signals | null): void {
    this.exitCode = code;
    this.signalCode = signal;
    this.emit('exit', code, signal);
  }
}
