import { setTimeout as pause } from 'node:timers/promises';
import { callUpstream, type UpstreamAnswer } from '#services/stand-in/call-upstream.ts';
import type { Answer, Part, Script } from '#services/stand-in/part.ts';

/** What the script says of one request. */
export interface ScriptedAnswer extends Answer {
  /** Whether this is one of those that fail. */
  readonly fails: boolean;
}

/** Reads a script, request by request. */
export class Scripted {
  readonly #script: Script;
  readonly #paths: readonly (readonly [string, Answer])[];
  /** How many requests each answer has had, and how many of them failed. */
  readonly #counts = new Map<Answer, { requests: number; failed: number }>();

  constructor(script: Script = {}) {
    this.#script = script;
    this.#paths = Object.entries(script.paths ?? {}).sort(([one], [other]) => other.length - one.length);
  }

  /** The answer to the next request for a path. */
  next(path: string): ScriptedAnswer {
    const own = this.#paths.find(([prefix]) => path.startsWith(prefix))?.[1];
    const { paths: _, ...all } = this.#script;
    const answer = { ...all, ...own };
    return { ...answer, fails: this.#fails(own ?? this.#script, answer.errors?.share ?? 0) };
  }

  /** Spreads failures evenly, without chance, so that a share is exact. */
  #fails(answer: Answer, share: number): boolean {
    const count = this.#counts.get(answer) ?? { requests: 0, failed: 0 };
    this.#counts.set(answer, count);
    count.requests += 1;
    const due = Math.floor(count.requests * share + 1e-9) > count.failed;
    if (due) count.failed += 1;
    return due;
  }
}

/** Waits as long as the answer says, then calls its upstreams, one after the other, with the headers that travel on. */
export async function perform(
  { delay = 0, upstreams = [] }: Answer,
  { part, headers }: { readonly part: Part; readonly headers: Readonly<Record<string, string>> },
): Promise<readonly UpstreamAnswer[]> {
  if (delay > 0) await pause(delay);
  const answers: UpstreamAnswer[] = [];
  for (const url of upstreams) answers.push(await callUpstream({ url, headers, env: part.env }));
  return answers;
}
