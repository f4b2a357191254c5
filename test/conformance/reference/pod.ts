/** A pod of the reference: the backend, and whoever sends requests from its network namespace: Shots in, Answers out, as lines. */
import { createInterface } from 'node:readline';
import { startEcho } from '#test/conformance/echo.ts';
import { type Shot, send } from '#test/conformance/send.ts';

await startEcho(process.env);
process.stdout.write('{}\n');
createInterface({ input: process.stdin })
  .on('line', async (line) => {
    const shot = JSON.parse(line) as Shot;
    process.stdout.write(`${JSON.stringify({ id: shot.id, answer: await send(shot) })}\n`);
  })
  .on('close', () => process.exit(0));
