import { writeSync } from 'node:fs';

export interface ProcessLogOptions {
  /** Writes text, or a part of it, and gives the bytes that it took; throws what the system says. */
  readonly write?: (bytes: Buffer) => number;
  readonly now?: () => Date;
}

/**
 * A process' own log, at its standard error. A line that cannot be written, as on a full disk, is dropped and counted, and
 * the next one that can be says how many were: the streams of node would throw, or stay closed for good.
 */
export function createProcessLog({
  write = writeToStandardError,
  now = () => new Date(),
}: ProcessLogOptions = {}): (message: string) => void {
  let lost = 0;
  let reason = '';
  /** Whether the last line was cut off in its middle. */
  let torn = false;

  function put(text: string): boolean {
    const bytes = Buffer.from(text);
    let written = 0;
    try {
      while (written < bytes.length) written += write(bytes.subarray(written));
    } catch (error) {
      reason = (error as Error).message;
    }
    torn = written === 0 ? torn : written < bytes.length;
    return written === bytes.length;
  }

  return (message) => {
    const time = now().toISOString();
    const line = `${time} ${message}\n`;
    const account = `${torn ? '\n' : ''}${time} ${lost} messages could not be written: ${reason}\n`;
    if (put(lost === 0 ? line : account + line)) lost = 0;
    else lost += 1;
  };
}

function writeToStandardError(bytes: Buffer): number {
  return writeSync(2, bytes);
}
