import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';

export interface ShellOptions {
  /** The command that opens a shell, with kubectl on PATH and GATEWAY_URL set. */
  readonly shell: readonly [string, ...string[]];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
}

export interface ShellResult {
  /** Standard output and error, as a terminal would show them. */
  readonly output: string;
  readonly exitCode: number;
}

/**
 * One `sh` in which all commands of a walkthrough run one after the other, so that an exported variable lives on.
 * After each command it prints a mark that no command prints, with the exit code.
 */
export class Shell {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #mark = `mesh101-${randomUUID()}`;

  constructor({ shell: [command, ...args], env, cwd }: ShellOptions) {
    this.#process = spawn(command, args, { env, cwd });
    this.#process.stdin.write('exec 2>&1\n');
  }

  /** Runs one command, here-documents included. Throws when it takes longer than `timeout` (milliseconds). */
  async run(command: string, timeout = 120_000): Promise<ShellResult> {
    const { stdout, stdin } = this.#process;
    const { promise, resolve, reject } = Promise.withResolvers<ShellResult>();
    const end = new RegExp(`${this.#mark} (\\d+)\\n`);
    let output = '';
    const onData = (chunk: Buffer) => {
      output += chunk.toString();
      const match = end.exec(output);
      if (match) resolve({ output: output.slice(0, match.index), exitCode: Number(match[1]) });
    };
    const onExit = () => reject(new Error(`the shell ended during: ${command}\n${output}`));
    const timer = setTimeout(
      () => reject(new Error(`no end after ${timeout} ms: ${command}\n${output}`)),
      timeout,
    );
    stdout.on('data', onData);
    this.#process.once('exit', onExit);
    try {
      // The command's own standard input is empty, else it would swallow the commands that follow.
      stdin.write(`{ ${command}\n} </dev/null\nprintf '%s %s\\n' ${this.#mark} $?\n`);
      return await promise;
    } finally {
      clearTimeout(timer);
      stdout.off('data', onData);
      this.#process.off('exit', onExit);
    }
  }

  close(): void {
    this.#process.kill();
  }
}
