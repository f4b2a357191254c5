import process from 'node:process';
import { startTracing } from '#platform/tracing/start.ts';

// Tracing changes modules while they load, so it comes first; static imports would not wait for it.
const tracing = await startTracing(process.env, 'details');
const { runAsProcess } = await import('#platform/process.ts');
const { details } = await import('#services/details/service.ts');
await runAsProcess(details, tracing);
