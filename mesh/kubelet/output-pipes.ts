import { execFile } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';

const NAMES = ['stdout', 'stderr'] as const;
type Name = (typeof NAMES)[number];

export interface OutputPipes {
  stdout: Readable | null;
  stderr: Readable | null;
  /** The process's ends, for `spawn`. */
  stdio: (number | 'ignore')[];
  /** Call this as soon as the process has its ends: only then do ours notice that it closed them. */
  release(): void;
}

/**
 * Node connects its children by sockets. A program cannot open those again, so on Linux `echo >/dev/stderr` fails, which works in
 * every container. Named pipes, whose names are gone before the program starts, behave as there. Standard input stays a socket: a
 * named pipe whose writer is gone cannot be opened again without waiting for another.
 */
export async function outputPipes(wanted: Readonly<Record<Name, boolean>>): Promise<OutputPipes> {
  const folder = await mkdtemp(join(tmpdir(), 'exec-'));
  try {
    const names = NAMES.filter((name) => wanted[name]);
    const path = (name: Name) => join(folder, name);
    if (names.length > 0) await promisify(execFile)('mkfifo', ['-m', '600', ...names.map(path)]);
    return opened(new Map(names.map((name) => [name, openEnds(path(name))])));
  } finally {
    await rm(folder, { recursive: true });
  }
}

interface PipeEnds {
  ours: number;
  theirs: number;
}

/** Neither open waits: ours must not, and theirs finds ours. */
function openEnds(path: string): PipeEnds {
  const ours = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return { ours, theirs: openSync(path, constants.O_WRONLY) };
}

function opened(ends: ReadonlyMap<Name, PipeEnds>): OutputPipes {
  const reader = (name: Name) => {
    const end = ends.get(name);
    return end === undefined ? null : new Socket({ fd: end.ours, readable: true, writable: false });
  };
  return {
    stdout: reader('stdout'),
    stderr: reader('stderr'),
    stdio: NAMES.map((name) => ends.get(name)?.theirs ?? 'ignore'),
    release: () => {
      for (const { theirs } of ends.values()) closeSync(theirs);
    },
  };
}
