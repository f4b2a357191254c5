import { execFile } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

export interface LoadOptions {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
}

export interface LoadResult {
  /** Answered with 2xx. */
  readonly requests: number;
  readonly seconds: number;
  /** Latencies in milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

const GENERATOR = join(import.meta.dirname, 'load.ts');
const run = promisify(execFile);

/** As many requests as `connections` connections carry; rejects when any of them failed. */
export async function generateLoad(options: LoadOptions): Promise<LoadResult> {
  const { stdout } = await run(process.execPath, [GENERATOR, JSON.stringify(options)]);
  const { failures, ...result } = JSON.parse(stdout) as LoadResult & { failures: number };
  if (failures > 0)
    throw new Error(`${failures} of ${result.requests + failures} requests to ${options.url} failed`);
  return result;
}
