import type { Writable } from 'node:stream';
import { Connection } from '#services/load/connection.ts';
import type { Plan } from '#services/load/plan.ts';
import type { Target } from '#services/load/target.ts';

interface ShowOptions {
  readonly plan: Plan;
  readonly target: Target;
  readonly stdout: Writable;
  readonly stderr: Writable;
}

/** `-curl`: one request, its answer with status line and headers; with `-quiet` these go to stderr, as fortio's do. @returns the exit code */
export async function showAnswer({ plan, target, stdout, stderr }: ShowOptions): Promise<number> {
  const { timeoutMs, quiet } = plan;
  const pieces: Buffer[] = [];
  const ended = Promise.withResolvers<number>();
  const connection = new Connection({
    target,
    timeoutMs,
    onFailure: (reason) => stderr.write(`load: ${plan.url.href}: ${reason}\n`),
    onSocket: () => undefined,
    onBody: (piece) => pieces.push(piece),
  });
  const watch = setInterval(() => connection.checkTimeout(performance.now()), 50);
  connection.send((answer) => {
    if (answer) (quiet ? stderr : stdout).write(`${answer.head}\r\n`);
    stdout.write(Buffer.concat(pieces));
    ended.resolve(answer && answer.status < 400 ? 0 : 1);
  });
  const code = await ended.promise;
  clearInterval(watch);
  connection.close();
  return code;
}
