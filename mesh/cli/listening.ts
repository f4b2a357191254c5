import { once } from 'node:events';
import { connect } from 'node:net';

const POLL = 100;

/** Whether something accepts connections at a port of this machine. */
export async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

export interface ListeningWait {
  /** Gives up after this many milliseconds. */
  readonly within: number;
  /** Whether it is still worth waiting. */
  readonly goesOn?: () => boolean;
}

/** Waits until something listens at a port; resolves with whether it does. */
export async function untilListening(
  port: number,
  { within, goesOn = () => true }: ListeningWait,
): Promise<boolean> {
  const end = performance.now() + within;
  while (goesOn() && performance.now() < end) {
    if (await listens(port)) return true;
    await new Promise((resolve) => setTimeout(resolve, POLL));
  }
  return false;
}
