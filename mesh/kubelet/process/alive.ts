import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { setTimeout } from 'node:timers/promises';

/** Whether a process (or, with a negative number, any member of a process group) exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it exists and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Sends a signal to a process that may have ended already. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') {
      throw error;
    }
  }
}

/**
 * When a process started, as a word that no other process with the same number has: its clock ticks since the boot and
 * the boot itself on Linux, what `ps` says elsewhere. Undefined when there is none.
 */
export function processStart(pid: number): string | undefined {
  try {
    return process.platform === 'linux' ? linuxStart(pid) : psStart(pid);
  } catch {
    return undefined;
  }
}

/** proc_pid_stat(5): the 22nd field; the second one, in parentheses, may hold anything, so count from its end. */
function linuxStart(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return `${fields[19]}@${boot}`;
}

function psStart(pid: number): string | undefined {
  const said = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
  return said.trim().replace(/\s+/g, '-') || undefined;
}

const look = 20;
/** How many looks an orderly end may take, and how many the kernel's. */
const gracePeriod = 200;
const lastPatience = 50;

/** Ends a process group: asks first, and kills what does not go within four seconds. Resolves when it is gone. */
export async function endGroup(leader: number): Promise<void> {
  if (leader <= 0) return;
  signal(-leader, 'SIGTERM');
  if (await isGone(leader, gracePeriod)) return;
  signal(-leader, 'SIGKILL');
  await isGone(leader, lastPatience);
}

async function isGone(leader: number, looks: number): Promise<boolean> {
  for (let count = 0; count < looks; count += 1) {
    if (!isAlive(-leader)) return true;
    await setTimeout(look);
  }
  return !isAlive(-leader);
}
