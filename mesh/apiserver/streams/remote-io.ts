import { PassThrough, type Readable, type Writable } from 'node:stream';

export interface TerminalSize {
  width: number;
  height: number;
}

/** What a command reads from and writes to. What the client did not ask for is not there. */
export interface RemoteIo {
  stdin?: Readable;
  stdout?: Writable;
  stderr?: Writable;
  /** The command wants a terminal; then stdout carries both. */
  tty: boolean;
  /** The client's terminal, first as it is, then as it changes. Ends with the connection. */
  sizes: AsyncIterable<TerminalSize>;
  /** Aborted when the client is gone. */
  signal: AbortSignal;
}

/**
 * Runs the command until it ends and all it wrote is handed over; resolves with its exit code. What it throws reaches the client
 * as an internal error.
 */
export type RunCommand = (io: RemoteIo, command: readonly string[]) => Promise<number>;

/** Which streams a client wants: PodExecOptions and PodAttachOptions of Kubernetes' core/v1. */
export interface CommandStreams {
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  tty: boolean;
}

/** A client's end of a command, whatever carries it. */
export interface RemoteSession {
  io: RemoteIo;
  /** Says how the command ended, and hangs up. */
  end(status: Status): Promise<void>;
}

const MOST_BYTES = 4_096;

/** The sizes in a stream of JSON objects `{"Width":80,"Height":24}`. Ignores everything else. */
export async function* terminalSizes(source: Readable): AsyncGenerator<TerminalSize> {
  let text = '';
  for await (const piece of source) {
    text += piece;
    for (let end = text.indexOf('}'); end >= 0; end = text.indexOf('}')) {
      const size = terminalSize(text.slice(text.indexOf('{'), end + 1));
      text = text.slice(end + 1);
      if (size !== undefined) yield size;
    }
    if (text.length > MOST_BYTES) text = '';
  }
}

/** A queue that no one needs to read: only a client with a terminal sends sizes. */
export function sizeQueue(): PassThrough {
  return new PassThrough().on('error', () => {});
}

function terminalSize(json: string): TerminalSize | undefined {
  try {
    const { Width, Height } = JSON.parse(json) as Record<string, unknown>;
    return isLength(Width) && isLength(Height) ? { width: Width, height: Height } : undefined;
  } catch {
    return undefined;
  }
}

/** A terminal's window is counted in 16 bits. */
function isLength(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 0xffff;
}

/** The part of Kubernetes' metav1.Status that streams need. */
export interface Status {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: Record<string, never>;
  status: 'Success' | 'Failure';
  message?: string;
  reason?: string;
  details?: { causes: { reason?: string; message: string }[] };
  code?: number;
}

const HEAD = { kind: 'Status', apiVersion: 'v1', metadata: {} } as const;

/** Thrown to answer a request, before its upgrade, with this status. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly status: Status;

  constructor(status: Status) {
    super(status.message);
    this.status = status;
  }
}

export function failure(code: number, reason: string, message: string): Status {
  return { ...HEAD, status: 'Failure', message, reason, code };
}

export function internalError(message: string): Status {
  return {
    ...failure(500, 'InternalError', `Internal error occurred: ${message}`),
    details: { causes: [{ message }] },
  };
}

/** What a command's exit code says to a client: kubectl exits with the same code. */
export function exited(code: number): Status {
  if (code === 0) return { ...HEAD, status: 'Success' };
  return {
    ...HEAD,
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${code}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: `${code}` }] },
  };
}
