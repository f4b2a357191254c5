import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What a process has taken of the machine. */
export interface ProcessUse {
  readonly pid: number;
  readonly parent: number;
  /** Resident, in bytes. */
  readonly memory: number;
  /** Processor time since it began, in milliseconds. */
  readonly processor: number;
  /** Milliseconds since it began. */
  readonly age: number;
}

/** Every process of this machine, by its id. */
export async function processUses(
  platform: string = process.platform,
): Promise<ReadonlyMap<number, ProcessUse>> {
  const uses = platform === 'linux' ? await fromProc() : await fromPs();
  return new Map(uses.map((use) => [use.pid, use]));
}

/** proc(5): times are in hundredths of a second, whatever the kernel's own clock. */
const tick = 10;

let pageSize: Promise<number> | undefined;

async function fromProc(): Promise<ProcessUse[]> {
  const [names, uptime] = await Promise.all([readdir('/proc'), readFile('/proc/uptime', 'utf8')]);
  const now = Number(uptime.split(' ')[0]) * 1000;
  pageSize ??= run('getconf', ['PAGESIZE']).then(({ stdout }) => Number(stdout));
  const page = await pageSize;
  const pids = names.filter((name) => /^\d+$/.test(name));
  const uses = await Promise.all(
    pids.map(async (pid) => {
      // It may have ended meanwhile.
      const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      return text === '' ? [] : [procUse(text, { now, page })];
    }),
  );
  return uses.flat();
}

/** `12 (a name) S 1 …`: the name may hold anything, so that fields are counted from its closing bracket. */
function procUse(text: string, { now, page }: { readonly now: number; readonly page: number }): ProcessUse {
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const field = (number: number) => fields[number - 3] ?? 0;
  return {
    pid: Number.parseInt(text, 10),
    parent: field(4),
    processor: (field(14) + field(15)) * tick,
    age: Math.max(now - field(22) * tick, 0),
    memory: field(24) * page,
  };
}

/** Where there is no /proc. */
async function fromPs(): Promise<ProcessUse[]> {
  const columns = 'pid=,ppid=,rss=,time=,etime=';
  const { stdout } = await run('ps', ['-A', '-o', columns], { maxBuffer: 1e7 });
  return stdout.split('\n').flatMap((line) => {
    const [pid, parent, kibibytes, time, elapsed] = line.trim().split(/\s+/);
    if (pid === undefined || time === undefined || elapsed === undefined) return [];
    return {
      ...{ pid: Number(pid), parent: Number(parent), memory: Number(kibibytes) * 1024 },
      ...{ processor: milliseconds(time), age: milliseconds(elapsed) },
    };
  });
}

/** `1-02:03:04`, `02:03:04`, `03:04` or, as macOS has it, `3:04.56`. */
function milliseconds(text: string): number {
  const [clock = '', days = '0'] = text.split('-').reverse();
  const seconds = clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return Math.round((Number(days) * 86_400 + seconds) * 1000);
}

/** A process and everything that it has started. */
export function withDescendants(pid: number, uses: ReadonlyMap<number, ProcessUse>): readonly ProcessUse[] {
  const own = uses.get(pid);
  if (!own) return [];
  const children = [...uses.values()].filter(({ parent }) => parent === pid);
  return [own, ...children.flatMap((child) => withDescendants(child.pid, uses))];
}
