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
  /** Starts the runner in the background; resolves when its socket answers, rejects with a CommandFailure. */
  readonly startRunner: (options: RunnerOptions) => Promise<StartedRunner>;
  /** Runs a program and resolves with its exit code. */
  readonly runProgram: (program: ProgramCall) => Promise<number>;
  /** A GET over the network, with the text of the answer. */
  readonly fetchText: (url: string) => Promise<FetchedText>;
  /** Sends a line to a server at a local port, and resolves with the first line of its answer. */
  readonly sendLine: (port: number, line: string) => Promise<string>;
  /** Resolves at Ctrl-C or SIGTERM. */
  readonly interrupted: () => Promise<void>;
}

export interface RunnerOptions {
  readonly live: boolean;
  readonly outboundPolicy: 'REGISTRY_ONLY' | 'ALLOW_ANY';
  /** Where spans go: a URL, `embedded` or `none`. */
  readonly tracesTo?: string;
  readonly seed?: number;
  /** The runner ends when this process does. */
  readonly foreground: boolean;
  /** Told what takes time before the runner answers, as a download of Envoy. */
  readonly progress: (text: string) => void;
}

export interface StartedRunner {
  readonly client: Client;
  /** Resolves when the runner's process has ended, with the last lines that it wrote. */
  readonly ended: Promise<string>;
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
