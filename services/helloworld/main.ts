import process from 'node:process';
import { startTracing } from '#platform/tracing/start.ts';

// Tracing changes modules while they load, so it comes first; static imports would not wait for it.
const tracing = await startTracing(process.env, 'helloworld');
const { runAsProcess } = await import('#platform/process.ts');
const { helloworld } = await import('#services/helloworld/service.ts');
await runAsProcess(helloworld, tracing);
