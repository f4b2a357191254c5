import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';

const LISTENS = '0A';
const shownLength = 70;

/**
 * Who listens at a port of this machine, as far as Linux tells this user (proc(5), net/tcp): `process 4711 (redis-server)`.
 * Undefined if nobody does, or if the system has no such table.
 */
export function portHolder(port: number, proc = '/proc'): string | undefined {
  const sockets = ['net/tcp', 'net/tcp6'].flatMap((table) => listeners(join(proc, table), port));
  const [first] = sockets;
  if (!first) return undefined;
  const pid = entries(proc).find(
    (name) => /^\d+$/.test(name) && sockets.some(({ inode }) => holds(join(proc, name, 'fd'), inode)),
  );
  // The files of other users' processes are closed to this one.
  return pid === undefined ? `a program of user ${first.user}` : `process ${pid} (${commandOf(proc, pid)})`;
}

interface Socket {
  readonly inode: string;
  readonly user: string;
}

/** Columns: number, local address, remote address, state, queues, timer, retransmissions, user, time-out, inode. */
function listeners(table: string, port: number): readonly Socket[] {
  return read(table)
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(
      ([, local = '', , state]) =>
        state === LISTENS && Number.parseInt(local.split(':')[1] ?? '', 16) === port,
    )
    .map((columns) => ({ user: columns[7] ?? '', inode: columns[9] ?? '' }));
}

function holds(folder: string, inode: string): boolean {
  return entries(folder).some((descriptor) => {
    try {
      return readlinkSync(join(folder, descriptor)) === `socket:[${inode}]`;
    } catch {
      return false;
    }
  });
}

function commandOf(proc: string, pid: string): string {
  const [command = '', ...words] = read(join(proc, pid, 'cmdline')).split('\0');
  const line = [basename(command), ...words].join(' ').trim();
  return line.length > shownLength ? `${line.slice(0, shownLength)}…` : line;
}

/** Processes come and go, and some may not be read. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function entries(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
