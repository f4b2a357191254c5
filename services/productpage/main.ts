import process from 'node:process';
import { startTracing } from '#platform/tracing/start.ts';

// Tracing changes modules while they load, so it comes first; static imports would not wait for it.
const tracing = await startTracing(process.env, 'productpage');
const { runAsProcess } = await import('#platform/process.ts');
const { productpage } = await import('#services/productpage/service.ts');
await runAsProcess(productpage, tracing);
