import process from 'node:process';
import { startTracing } from '#platform/tracing/start.ts';

// Tracing changes modules while they are loaded, so it comes before all others: a static import would not wait for it.
const tracing = await startTracing(process.env, 'reviews');
const { runAsProcess } = await import('#platform/process.ts');
const { reviews } = await import('#services/reviews/service.ts');
await runAsProcess(reviews, tracing);
