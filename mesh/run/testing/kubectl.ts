import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { missing, program } from '#test/components/component.ts';
import { kubectl as component } from '#test/components/kubectl.ts';

export interface KubectlResult {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The real kubectl, with a mesh's kubeconfig. */
export class Kubectl {
  readonly #home: string;

  /** @param home the mesh's folder */
  constructor(home: string) {
    this.#home = home;
  }

  start(...words: readonly string[]): ChildProcessByStdio<Writable, Readable, Readable> {
    const command = program('kubectl', 'KUBECTL');
    if (command === undefined) throw missing(component);
    const cwd = this.#home;
    const env = { PATH: process.env['PATH'], HOME: cwd, KUBECONFIG: join(cwd, 'kubeconfig') };
    return spawn(command, words, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
  }

  /** Runs it to its end. */
  async run(words: readonly string[], input = ''): Promise<KubectlResult> {
    const child = this.start(...words);
    // It may end before it has read everything.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    const ended = once(child, 'close') as Promise<[number | null]>;
    const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    return { code, out, err };
  }

  /** What it prints when it ends well; throws what it says when it does not. */
  async out(...words: readonly string[]): Promise<string> {
    const { code, out, err } = await this.run(words);
    if (code !== 0) throw new Error(`kubectl ${words.join(' ')}: exit code ${code}: ${err}${out}`);
    return out;
  }

  async apply(manifest: string): Promise<string> {
    const { code, out, err } = await this.run(['apply', '-f', '-'], manifest);
    if (code !== 0) throw new Error(`kubectl apply: exit code ${code}: ${err}`);
    return out;
  }
}

/** Resolves with everything that a stream has carried, as soon as the text is among it. */
export async function seen(stream: Readable, wanted: string | RegExp): Promise<string> {
  let all = '';
  for await (const chunk of stream.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    all += String(chunk);
    if (typeof wanted === 'string' ? all.includes(wanted) : wanted.test(all)) return all;
  }
  throw new Error(`the stream ended without ${wanted}: ${all}`);
}
