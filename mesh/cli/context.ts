import process from 'node:process';
import type { Command } from 'commander';
import type { Client } from '#mesh/run/client.ts';

/** Everything outside the program that a command touches, so that a test decides it. */
export interface CliContext {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** The folder of the mesh's state, absolute. */
  readonly stateRoot: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The running mesh; rejects with a CommandFailure that says how to start one. */
  readonly connect: () => Promise<Client>;
  /** The running mesh, or undefined when there is none. */
  readonly findRunner: () => Promise<Client | undefined>;
  /** Ends every process that a mesh of this folder left behind; resolves with how many there were. */
  readonly endLeftovers: () => Promise<number>;
  /** Starts the runner in the background; resolves when its socket answers, rejects with a CommandFailure. */
  readonly startRunner: (options: RunnerOptions) => Promise<StartedRunner>;
  /** The path of a real kubectl, which is fetched if there is none; rejects with a CommandFailure that names the ways to have one. */
  readonly provideKubectl: (progress: (text: string) => void, signal?: AbortSignal) => Promise<string>;
  /** Runs a program and resolves with its exit code. */
  readonly runProgram: (program: ProgramCall) => Promise<number>;
  /** Who listens at a port of this machine; undefined when that cannot be known. */
  readonly portHolder: (port: number) => Promise<string | undefined>;
  /** A GET over the network, with the text of the answer. */
  readonly fetchText: (url: string) => Promise<FetchedText>;
  /** Sends a line to a server at a local port, and resolves with the first line of its answer. */
  readonly sendLine: (port: number, line: string) => Promise<string>;
  /** Resolves at Ctrl-C, SIGTERM or when the terminal is closed; from the first call on, these do not end the process. */
  readonly interrupted: () => Promise<void>;
}

export interface RunnerOptions {
  readonly live: boolean;
  readonly outboundPolicy: 'REGISTRY_ONLY' | 'ALLOW_ANY';
  /** Where spans go: a URL, `embedded` or `none`. */
  readonly tracesTo?: string;
  readonly seed?: number;
  readonly images?: string;
  readonly noStandIns?: boolean;
  readonly containers?: 'docker' | 'podman' | 'any';
  /** The runner ends when this process does. */
  readonly foreground: boolean;
  /** The folder of its state; absent: the usual one. */
  readonly home?: string;
  /** Called with what takes time before the runner answers, such as a download of Envoy. */
  readonly progress: (text: string) => void;
  /** Ends what has been started; then the start rejects with the signal's reason, and leaves nothing behind. */
  readonly signal: AbortSignal;
}

export interface StartedRunner {
  readonly client: Client;
  /** Resolves with the last lines that the runner wrote when its process has ended. */
  readonly ended: Promise<string>;
  /** Ends the mesh; resolves when nothing of it is left. */
  readonly stop: () => Promise<void>;
}

export interface FetchedText {
  readonly status: number;
  readonly text: string;
}

export interface ProgramCall {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Whether it reads this process' standard input. */
  readonly interactive: boolean;
}

/** Whether to decorate text: a terminal, and nobody asked for plain text (https://no-color.org). */
export function wantsColor(stream: NodeJS.WritableStream, env: NodeJS.ProcessEnv): boolean {
  return 'isTTY' in stream && stream.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
}

/** One run of the command line. */
export interface Session {
  readonly context: CliContext;
  /** The words after the program's name, as typed. */
  readonly argv: readonly string[];
  exitCode: number;
}

/** A command's arguments: the words that are not flags, and its flags with those before the verb. */
export interface Invocation<Options> {
  readonly context: CliContext;
  readonly operands: readonly string[];
  readonly options: Options;
  readonly argv: readonly string[];
}

/** Every flag of one command; absent ones were not given. */
type Handler<Options> = (invocation: Invocation<Options>) => Promise<number>;

/**
 * Makes a commander action of a handler that resolves with the exit code. Handlers import their code when they run,
 * so that `mesh status` does not load what `mesh up` needs.
 */
export function action<Options extends object>(session: Session, handler: Handler<Options>) {
  return async (...received: unknown[]): Promise<void> => {
    const command = received.at(-1) as Command;
    session.exitCode = await handler({
      context: session.context,
      operands: command.args,
      options: command.optsWithGlobals<Options>(),
      argv: session.argv,
    });
  };
}

const interruption = Promise.withResolvers<void>();
let watched = false;

/** Resolves at Ctrl-C, SIGTERM or when the terminal is closed. From the first call on, these do not end this process. */
export function interrupted(): Promise<void> {
  if (!watched) {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => interruption.resolve());
  }
  watched = true;
  return interruption.promise;
}
