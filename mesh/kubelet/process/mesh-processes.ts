import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { signal } from '#mesh/kubelet/process/alive.ts';

const RUNNER = '/mesh/run/daemon.ts';

/** A process of the mesh that has, or had, a state folder. */
export interface MeshProcess {
  readonly pid: number;
  /** Its process group, which is the runner's. */
  readonly group: number;
  readonly isRunner: boolean;
}

interface Candidate extends MeshProcess {
  readonly isMarked: boolean;
}

/**
 * The living processes of the mesh of the state folder `root`, whatever has become of its files: those of this user, in
 * this process' namespaces, that carry its marker, and their groups. A program that names itself anew (Redis) writes
 * over its environment, so that only its group tells whose it is.
 *
 * @param groups groups that are known to be the mesh's, to which new ones are added
 */
export function meshProcesses(root: string, groups = new Set<number>()): readonly MeshProcess[] {
  const all = process.platform === 'linux' ? fromProc(root) : fromPs(root);
  const own = all.find(({ pid }) => pid === process.pid)?.group;
  for (const { isMarked, group } of all) {
    // The runner that asks leads a group of its own, in which nothing is left behind yet.
    if (isMarked && group !== own) {
      groups.add(group);
    }
  }
  return all.filter(({ group }) => groups.has(group));
}

function fromProc(root: string): Candidate[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => candidateAt(`/proc/${name}`, root) ?? []);
}

function candidateAt(folder: string, root: string): Candidate | undefined {
  try {
    if (statSync(folder).uid !== process.getuid?.() || !isHere(folder)) {
      return undefined;
    }
    const stat = readFileSync(`${folder}/stat`, 'utf8');
    // proc_pid_stat(5): behind the name in parentheses come the state, the parent and the group.
    const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const environment = readFileSync(`${folder}/environ`, 'utf8').split('\0');
    const found = {
      pid: Number(folder.slice('/proc/'.length)),
      group: Number(group),
      isMarked: environment.includes(`${MARKER}=${root}`),
      isRunner: readFileSync(`${folder}/cmdline`, 'utf8').includes(RUNNER),
    };
    return state === 'Z' || state === 'X' ? undefined : found;
  } catch {
    // It has ended, or is not this user's to look into.
    return undefined;
  }
}

/** A process of another container may have the same marker, but means another folder. */
function isHere(folder: string): boolean {
  return ['pid', 'mnt', 'user'].every(
    (name) => readlinkSync(`${folder}/ns/${name}`) === readlinkSync(`/proc/self/ns/${name}`),
  );
}

/** `ps -E` of macOS and the BSDs writes the environment behind the command; -x without -a: this user's alone. */
function fromPs(root: string): Candidate[] {
  const said = execFileSync('ps', ['-x', '-E', '-ww', '-o', 'pid=,pgid=,stat=,command='], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return said.split('\n').flatMap((line) => {
    const [pid, group, state = ''] = line.trim().split(/\s+/);
    const isMarked = `${line} `.includes(` ${MARKER}=${root} `);
    const isRunner = line.includes(RUNNER);
    return pid && !state.startsWith('Z')
      ? [{ pid: Number(pid), group: Number(group), isMarked, isRunner }]
      : [];
  });
}

/** A runner ends its mesh by itself, hooks and all, when it is asked to. Milliseconds. */
const orderlyEnd = 15_000;
const grace = 3_000;
/** For this long, a runner may be one that is about to find the folder taken and end. */
const startTime = 5_000;

export interface EndOptions {
  /** Waits for runners that have just started to see that the folder is taken. */
  readonly waitForStarting?: boolean;
}

/**
 * Ends every process of the mesh of a state folder: its runner in good order, whatever is left by force. Returns how many
 * there were.
 */
export async function endMeshProcesses(
  root: string,
  { waitForStarting = false }: EndOptions = {},
): Promise<number> {
  const begun = Date.now();
  const found = new Set<number>();
  const told = new Map<number, number>();
  const groups = new Set<number>();
  for (;;) {
    const left = meshProcesses(root, groups);
    if (left.length === 0) {
      return found.size;
    }
    const waited = Date.now() - begun;
    const orderly = waited < orderlyEnd && left.some(({ isRunner }) => isRunner);
    for (const { pid, isRunner } of left) {
      found.add(pid);
      const waits = isRunner ? waitForStarting && waited < startTime : orderly;
      if (!waits) {
        end(pid, { told, gracePeriod: isRunner ? orderlyEnd : grace });
      }
    }
    await pause(50);
  }
}

interface Ending {
  /** When each was sent SIGTERM. */
  readonly told: Map<number, number>;
  readonly gracePeriod: number;
}

/** SIGTERM at first, SIGKILL when that has had its time. */
function end(pid: number, { told, gracePeriod }: Ending): void {
  const since = told.get(pid);
  if (since === undefined) {
    told.set(pid, Date.now());
    signal(pid, 'SIGTERM');
  } else if (Date.now() - since > gracePeriod) {
    signal(pid, 'SIGKILL');
  }
}

/**
 * The variable that says for every process of a mesh which state folder it belongs to. The runner gets it from its
 * starter and passes it on, so that leftovers can be found without any file.
 */
export const MARKER = 'MESH101_STATE';

/** The marker of this process, for one that it starts. */
export function marker(): Readonly<Record<string, string>> {
  const root = process.env[MARKER];
  return root === undefined ? {} : { [MARKER]: root };
}
