/** Plays any number of containers for a kubelet, which sends its orders over the IPC channel and ends the process with it. */
import process from 'node:process';
import { giveBackMemory } from '#platform/memory/give-back-memory.ts';
import { Host, type Order } from '#services/stand-in/host.ts';

const host = new Host((message) => void process.send?.(message));
giveBackMemory();
// In their order, so that an end never overtakes its beginning.
let last: Promise<unknown> = Promise.resolve();
process.on('message', (order) => {
  last = last
    .then(() => host.take(order as Order))
    .catch((error: Error) => process.stderr.write(`${error.stack}\n`));
});
// One part's mistake must not end the others.
process.on('uncaughtException', (error) => process.stderr.write(`${error.stack}\n`));
process.once('disconnect', () => process.exit(0));
// Ctrl-C is the runner's, which ends this process with the rest.
process.on('SIGINT', () => {});
