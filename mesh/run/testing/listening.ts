import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface Listening {
  readonly pid: number;
  readonly address: string;
  readonly port: number;
}

/** The TCP sockets at which these processes listen, as Linux's /proc tells. */
export function listening(pids: readonly number[]): Listening[] {
  const places = new Map([...listeningPlaces('tcp', 4), ...listeningPlaces('tcp6', 16)]);
  return pids.flatMap((pid) =>
    [...new Set(socketsOf(pid))].flatMap((inode) => {
      const place = places.get(inode);
      return place ? [{ pid, ...place }] : [];
    }),
  );
}

const LISTEN = '0A';

/** From a socket's inode to where it listens (proc_pid_net(5)). */
function listeningPlaces(table: string, length: number): [string, { address: string; port: number }][] {
  return readFileSync(`/proc/net/${table}`, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state]) => state === LISTEN)
    .map(([, local = '', , , , , , , , inode = '']) => {
      const [address = '', port = ''] = local.split(':');
      return [inode, { address: readable(address, length), port: Number.parseInt(port, 16) }];
    });
}

/** Words of four bytes, each in the order of this machine: little-endian. */
function readable(hexadecimal: string, length: number): string {
  const words = Buffer.from(hexadecimal, 'hex').swap32();
  return length === 4 ? words.join('.') : (words.toString('hex').match(/.{4}/g) ?? []).join(':');
}

/** The inodes of a process' sockets; none when it has ended meanwhile. */
function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((descriptor) => {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${descriptor}`)) ?? [];
      return inode ?? [];
    });
  } catch {
    return [];
  }
}
