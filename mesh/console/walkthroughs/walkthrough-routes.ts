import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { bodyOf, ConsoleError, type ConsoleRoutes } from '#mesh/console/server/answers.ts';
import { mismatch } from '#mesh/console/walkthroughs/match.ts';
import { parseWalkthrough, type Step } from '#mesh/console/walkthroughs/parse.ts';
import { Shell, type ShellOptions } from '#mesh/console/walkthroughs/shell.ts';

export interface WalkthroughOptions {
  /** The project, with `istio/APP/*.md`. */
  readonly root: string;
  /** How a shell of this mesh is opened. */
  readonly shell: ShellOptions;
}

const runShape = z.strictObject({ document: z.string(), line: z.int() });

/** Walkthroughs to read and to run. A page names a step of a document and never a command. */
export class Walkthroughs {
  readonly #options: WalkthroughOptions;
  #shell: Shell | undefined;
  #running = false;

  constructor(options: WalkthroughOptions) {
    this.#options = options;
  }

  get routes(): ConsoleRoutes {
    return {
      'GET /api/walkthroughs': async () => ({ documents: await this.#documents() }),
      'GET /api/walkthrough': async ({ query }) => {
        const text = await this.#text(query.get('document') ?? '');
        return { text, steps: parseWalkthrough(text) };
      },
      'POST /api/walkthrough': async ({ request }) => {
        const { document, line } = await bodyOf(request, runShape);
        const step = parseWalkthrough(await this.#text(document)).find((one) => one.line === line);
        if (!step) throw new ConsoleError(404, `${document} has no command at line ${line}`);
        return this.#run(step);
      },
    };
  }

  /** The token that the walkthrough about tokens shows; undefined where that is not there. */
  async demoToken(): Promise<string | undefined> {
    const file = join(this.#options.root, 'istio/bookinfo/demo.jwt');
    return readFile(file, 'utf8').then(
      (text) => text.trim(),
      () => undefined,
    );
  }

  stop(): void {
    this.#shell?.close();
  }

  /** One at a time: they share a shell, in which variables live on. */
  async #run(step: Step) {
    if (this.#running) throw new ConsoleError(409, 'another command is still running');
    this.#running = true;
    const started = performance.now();
    try {
      this.#shell ??= new Shell(this.#options.shell);
      const { output, exitCode } = await this.#shell.run(step.command);
      const missing = step.expected.length > 0 ? mismatch(step.expected, output) : undefined;
      return {
        ...{ output, exitCode, milliseconds: performance.now() - started },
        ...(missing !== undefined && { missing }),
      };
    } catch (error) {
      this.#shell?.close();
      this.#shell = undefined;
      throw new ConsoleError(504, (error as Error).message);
    } finally {
      this.#running = false;
    }
  }

  async #documents() {
    const folder = join(this.#options.root, 'istio');
    const files = await readdir(folder, { recursive: true }).catch(() => []);
    return files
      .filter((file) => file.endsWith('.md'))
      .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
      .flatMap((file) => {
        const text = readFileSync(join(folder, file), 'utf8');
        const steps = parseWalkthrough(text).length;
        const title = /^# (.+)$/m.exec(text)?.[1] ?? file;
        return steps > 0 ? { document: file, title, steps } : [];
      });
  }

  /** Only what the list names is read. */
  async #text(document: string): Promise<string> {
    const known = await this.#documents();
    if (!known.some((one) => one.document === document))
      throw new ConsoleError(404, `there is no walkthrough ${document}`);
    return readFile(join(this.#options.root, 'istio', document), 'utf8');
  }
}

/** The chain is where one begins. */
function rank(file: string): number {
  return file.startsWith('chain/README') ? 0 : file.startsWith('chain/') ? 1 : 2;
}
