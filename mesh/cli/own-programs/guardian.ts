import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { createInterface } from 'node:readline';
import type { KubectlCall } from '#mesh/cli/own-programs/kubectl.ts';

/** The orders to a guardian, one line of JSON each. */
export type GuardianWord =
  | {
      readonly say: 'restore';
      readonly command: string;
      readonly env: NodeJS.ProcessEnv;
      readonly calls: readonly KubectlCall[];
    }
  | { readonly say: 'program'; readonly pid: number }
  | { readonly say: 'done' };

/**
 * Waits beside `mesh run` and `mesh replace`. If these are killed, as by kill -9, it ends the program and gives
 * the pod back in their place.
 */
async function guard(): Promise<void> {
  let restore: Extract<GuardianWord, { say: 'restore' }> | undefined;
  let program: number | undefined;
  for await (const line of createInterface({ input: process.stdin })) {
    const word = JSON.parse(line) as GuardianWord;
    if (word.say === 'done') return;
    if (word.say === 'program') program = word.pid;
    else restore = word;
  }
  if (program !== undefined) end(program);
  for (const { args, input = '' } of restore?.calls ?? [])
    spawnSync(restore?.command ?? '', args, { env: restore?.env, input });
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    // It has ended by itself.
  }
}

await guard();
