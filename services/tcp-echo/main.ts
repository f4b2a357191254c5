import process from 'node:process';
import { runTcpEcho } from '#services/tcp-echo/service.ts';

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
const { env, stdout, stderr, argv } = process;
process.exit(await runTcpEcho({ env, stdout, stderr, args: argv.slice(2), stop: stop.signal }));
