import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Answer, Shot } from '#test/conformance/send.ts';

/** A pod's program in its network namespace. */
export class NetworkPod {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #waiting = new Map<string, (answer: Answer) => void>();

  private constructor(child: ChildProcessByStdio<Writable, Readable, null>) {
    this.#child = child;
  }

  /** Resolves when it listens. */
  static async start(network: string, env: Readonly<Record<string, string>>): Promise<NetworkPod> {
    const words = ['netns', 'exec', network, process.execPath, join(import.meta.dirname, 'pod.ts')];
    const child = spawn('ip', words, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'inherit'] });
    const pod = new NetworkPod(child);
    const lines = createInterface({ input: child.stdout });
    await once(lines, 'line');
    lines.on('line', (line) => {
      const { id, answer } = JSON.parse(line) as { id: string; answer: Answer };
      pod.#waiting.get(id)?.(answer);
      pod.#waiting.delete(id);
    });
    return pod;
  }

  send(shot: Shot): Promise<Answer> {
    return new Promise((resolve) => {
      this.#waiting.set(shot.id, resolve);
      this.#child.stdin.write(`${JSON.stringify(shot)}\n`);
    });
  }
}
