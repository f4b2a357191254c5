import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

export interface TerminalOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
}

/** A program on a terminal of its own, and a person in front of it. */
export class Terminal {
  /** The program's exit code, 256 - n after signal n. */
  readonly ended: Promise<number>;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  #shown = '';
  #marks = 0;

  constructor({ command, args, env, cwd }: TerminalOptions) {
    const driver = [join(import.meta.dirname, 'terminal.py'), command, ...args];
    this.#child = spawn('python3', driver, { env, cwd, stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#shown += text;
    });
    this.ended = once(this.#child, 'close').then(([code]) => code as number);
  }

  /** Everything that the terminal has shown. */
  get shown(): string {
    return this.#shown;
  }

  type(text: string): void {
    this.#child.stdin.write(text);
  }

  /** Resolves with what is shown up to the text, counted from `from`; rejects when the program ends before. */
  async until(text: string, from = 0): Promise<string> {
    let open = true;
    void this.ended.then(() => {
      open = false;
    });
    while (true) {
      const at = this.#shown.indexOf(text, from);
      if (at >= 0) return this.#shown.slice(from, at);
      if (!open) throw new Error(`the program ended without showing ${text}: ${this.#shown}`);
      await Promise.race([once(this.#child.stdout, 'data'), this.ended]);
    }
  }

  /** Types a command of a shell and resolves with what is shown until it has ended. */
  async run(command: string): Promise<string> {
    this.#marks += 1;
    const from = this.#shown.length;
    // The terminal shows what is typed as well; the quotes keep that from being the mark.
    this.type(`${command}; echo ma''rk-${this.#marks}-\n`);
    return this.until(`mark-${this.#marks}-`, from);
  }

  /** Ends the program as a closed window does. */
  close(): void {
    this.#child.kill();
  }
}
