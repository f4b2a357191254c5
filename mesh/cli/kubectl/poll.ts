import { setTimeout } from 'node:timers/promises';
import { CommandFailure } from '#mesh/cli/command-failure.ts';

interface PollOptions {
  /** Milliseconds. */
  readonly timeout: number;
  readonly onTimeout: string;
}

const interval = 50;

/** Asks until the answer is yes; a CommandFailure at the time-out. */
export async function poll(
  isDone: () => Promise<boolean>,
  { timeout, onTimeout }: PollOptions,
): Promise<void> {
  const deadline = performance.now() + timeout;
  while (!(await isDone())) {
    if (performance.now() >= deadline) throw new CommandFailure(onTimeout);
    await setTimeout(interval);
  }
}
