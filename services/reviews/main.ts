import process from 'node:process';
import { startTracing } from '#platform/tracing/start.ts';

// Tracing changes modules while they load, so it comes first; static imports would not wait for it.
const tracing = await startTracing(process.env, 'reviews');
const { runAsProcess } = await import('#platform/process.ts');
const { reviews } = await import('#services/reviews/service.ts');
await runAsProcess(reviews, tracing);
