import { execFile } from 'node:child_process';
import process from 'node:process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/** Takes memory, waits for the process to give it back, and tells how much it had and has. */
const PROGRAM = `
import { setTimeout as pause } from 'node:timers/promises';
import { getHeapStatistics } from 'node:v8';
import { giveBackMemory } from '#platform/memory/give-back-memory.ts';

giveBackMemory({ rest: 100 });
const taken = () => getHeapStatistics().total_physical_size;
let work = Array.from({ length: 300_000 }, (_, index) => ({ index }));
const most = taken();
work = undefined;
while (taken() > most / 2) await pause(200);
console.log(JSON.stringify({ most, least: taken() }));
`;

it('gives back what a process has taken, when its work is done', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', PROGRAM]);
  const { most, least } = JSON.parse(stdout) as { most: number; least: number };
  expect(least).toBeLessThanOrEqual(most / 2);
});
