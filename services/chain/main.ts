import process from 'node:process';
import { startTracing } from '#platform/tracing/start.ts';

// Tracing changes modules while they load, so it comes first; static imports would not wait for it.
const tracing = await startTracing(process.env, 'chain');
const { runAsProcess } = await import('#platform/process.ts');
const { chain } = await import('#services/chain/service.ts');
await runAsProcess(chain, tracing);
