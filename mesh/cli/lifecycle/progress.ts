import pc from 'picocolors';
import { type CliContext, wantsColor } from '#mesh/cli/context.ts';
import type { UpEvent } from '#mesh/run/api.ts';

/**
 * Shows what `mesh up` waits for. On a terminal the running step is one line that changes in place; elsewhere each
 * finished step is a separate line.
 */
export class Progress {
  readonly #stdout: NodeJS.WritableStream;
  readonly #live: boolean;
  readonly #colors: ReturnType<typeof pc.createColors>;
  #unfinished = false;

  constructor({ stdout, env }: Pick<CliContext, 'stdout' | 'env'>) {
    this.#stdout = stdout;
    this.#live = 'isTTY' in stdout && stdout.isTTY === true && env['TERM'] !== 'dumb' && !env['CI'];
    this.#colors = pc.createColors(wantsColor(stdout, env));
  }

  show(event: UpEvent): void {
    if (event.type === 'step') this.#step(event);
    if (event.type === 'ready')
      this.#line(`${this.#tick()} ready in ${(event.milliseconds / 1000).toFixed(1)} s`);
  }

  /** Something that happens before the runner answers, such as the download of Envoy. */
  note(text: string): void {
    this.#line(`${this.#colors.dim('…')} ${text}`);
  }

  /** Ends the changing line, so that other text can follow. */
  end(): void {
    if (this.#unfinished) this.#stdout.write('\r\x1b[2K');
    this.#unfinished = false;
  }

  #step({ name, state, detail }: Extract<UpEvent, { type: 'step' }>): void {
    const text = detail ? `${name} ${this.#colors.dim(detail)}` : name;
    if (state === 'done') this.#line(`${this.#tick()} ${text}`);
    else if (this.#live) this.#replace(`${this.#colors.cyan('…')} ${text}`);
  }

  #tick(): string {
    return this.#colors.green('✔');
  }

  #line(text: string): void {
    this.end();
    this.#stdout.write(`${text}\n`);
  }

  #replace(text: string): void {
    this.end();
    this.#stdout.write(text);
    this.#unfinished = true;
  }
}
