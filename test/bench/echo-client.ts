import process from 'node:process';
import { type EchoLoadOptions, echoLoad } from '#test/bench/echo-load.ts';

/** In a process of its own, so that neither side's garbage is collected on the other's time. */
const options = JSON.parse(process.argv[2] ?? '') as EchoLoadOptions;
process.stdout.write(JSON.stringify(await echoLoad(options)));
