import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Request, RequestHandler } from 'express';
import { clientGone, integerOf, numberOf, queryField } from '#services/httpbin/parameters.ts';

const SECONDS = { min: 0, max: 10 };
const BYTES = { min: 1, max: 10 << 20 };

/** Rather than pause for less than this, several bytes go at a time. Milliseconds. */
const SHORTEST_PAUSE = 10;

/** `/drip?duration=2&numbytes=10&code=200&delay=0`: bytes spread evenly over a time. */
export const drip: RequestHandler = async (req, res) => {
  const signal = clientGone(res);
  const { delay, duration, bytes, code } = settingsOf(req);
  await sleep(delay * 1000, undefined, { signal }).catch(() => undefined);
  if (signal.aborted) return;
  res.status(code).type('application/octet-stream').set('content-length', String(bytes));
  const drops = Readable.from(dripping({ milliseconds: duration * 1000, bytes, signal }));
  // A client that leaves ends it.
  await pipeline(drops, res).catch(() => undefined);
};

function settingsOf(req: Request) {
  const seconds = (name: string, fallback: string) =>
    numberOf(queryField(req, name) ?? fallback, name, SECONDS);
  return {
    delay: seconds('delay', '0'),
    duration: seconds('duration', '2'),
    bytes: integerOf(queryField(req, 'numbytes') ?? '10', 'numbytes', BYTES),
    code: integerOf(queryField(req, 'code') ?? '200', 'code', { min: 200, max: 599 }),
  };
}

interface Dripping {
  readonly milliseconds: number;
  readonly bytes: number;
  readonly signal: AbortSignal;
}

async function* dripping({ milliseconds, bytes, signal }: Dripping): AsyncGenerator<Buffer> {
  const steps = Math.max(1, Math.min(bytes, Math.floor(milliseconds / SHORTEST_PAUSE)));
  for (let step = 0; step < steps; step++) {
    const size = Math.floor(((step + 1) * bytes) / steps) - Math.floor((step * bytes) / steps);
    yield Buffer.alloc(size, '*');
    await sleep(milliseconds / steps, undefined, { signal });
  }
}
