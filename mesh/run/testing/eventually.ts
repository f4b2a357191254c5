import { setTimeout as pause } from 'node:timers/promises';

/** Asks again until the answer is there, and fails with the last one when it does not come. */
export async function eventually<T>(
  ask: () => Promise<T> | T,
  is: (answer: T) => boolean,
  timeout = 60_000,
): Promise<T> {
  const deadline = Date.now() + timeout;
  for (;;) {
    const answer = await ask();
    if (is(answer)) return answer;
    if (Date.now() > deadline)
      throw new Error(`not reached in time; the last answer was ${JSON.stringify(answer)}`);
    await pause(20);
  }
}
