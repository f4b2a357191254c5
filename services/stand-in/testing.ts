import { mkdtempSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Ended, Host } from '#services/stand-in/host.ts';
import type { Part, PortProtocol } from '#services/stand-in/part.ts';

/** A part that plays within a test, at a free port. */
export interface PlayedPart {
  readonly port: number;
  readonly origin: string;
  log(): string;
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Resolves with how it ended. */
  readonly ended: Promise<Ended>;
}

type Wanted = Partial<Part> & { readonly protocol?: PortProtocol };

/** Plays a container for one test, and ends it with the test. */
export async function play({ protocol = 'any', ...wanted }: Wanted): Promise<PlayedPart> {
  const port = await freePort();
  const log = join(mkdtempSync(join(tmpdir(), 'mesh101-part-')), 'log');
  const { promise: ended, resolve } = Promise.withResolvers<Ended>();
  const host = new Host(resolve, { linger: 0 });
  const pod = { name: 'cart-1', namespace: 'shop', workload: 'cart', version: 'v1', container: 'app' };
  const part = { id: 1, role: 'echo', image: 'shop/cart:1', env: {}, args: [], probes: [], pod, log };
  const end = (signal: 'SIGTERM' | 'SIGKILL') => host.take({ type: 'end', id: 1, signal });
  onTestFinished(() => end('SIGKILL'));
  await host.take({
    type: 'play',
    part: { ...part, ports: [{ number: 8080, local: port, protocol }], ...wanted },
  });
  return { port, origin: `http://127.0.0.1:${port}`, log: () => readFileSync(log, 'utf8'), end, ended };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
