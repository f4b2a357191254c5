import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isAlive, processStart } from '#mesh/kubelet/process/alive.ts';

/** The process that holds a claim. */
export interface Claim {
  readonly pid: number;
  /** See `processStart`; without it, whatever process has the number holds the claim. */
  readonly start?: string;
}

/**
 * Takes `path` for this process, as a file with its number and start. False when another living process holds it; what a
 * dead one left behind is taken over. The folder must be closed to others.
 */
export function claimFile(path: string): boolean {
  const own = `${path}.${randomUUID()}`;
  const claim = `${[process.pid, processStart(process.pid) ?? ''].join(' ').trimEnd()}\n`;
  // `wx`: neither a file nor a link of somebody else is written to.
  writeFileSync(own, claim, { mode: 0o600, flag: 'wx' });
  try {
    return linkNew(own, path) || (removeStale(path, `${own}.stale`) && linkNew(own, path));
  } finally {
    rmSync(own, { force: true });
  }
}

/** The living process that holds the claim; undefined if none does. */
export function holderOf(path: string): Claim | undefined {
  const claim = readClaim(path);
  return claim && isHeld(claim) ? claim : undefined;
}

function readClaim(path: string): Claim | undefined {
  try {
    const [number = '', start] = readFileSync(path, 'utf8').trim().split(' ');
    const pid = Number(number);
    return Number.isInteger(pid) && pid > 0 ? { pid, ...(start !== undefined && { start }) } : undefined;
  } catch {
    return undefined;
  }
}

/** After a reboot, or when numbers have come round, another process may have the number. */
function isHeld({ pid, start }: Claim): boolean {
  if (!isAlive(pid)) {
    return false;
  }
  const now = start === undefined ? undefined : processStart(pid);
  return now === undefined || now === start;
}

/** A hard link appears with its content, so nobody ever reads a claim without its pid. */
function linkNew(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      return false;
    }
    throw error;
  }
}

/** Moves the file aside before judging it, so that two processes cannot both take over the same stale claim. */
function removeStale(path: string, aside: string): boolean {
  if (holderOf(path)) {
    return false;
  }
  try {
    renameSync(path, aside);
  } catch {
    return true;
  }
  const held = holderOf(aside) !== undefined;
  if (held) {
    linkNew(aside, path);
  }
  rmSync(aside, { force: true });
  return !held;
}
