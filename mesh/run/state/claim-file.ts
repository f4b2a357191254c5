import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isAlive } from '#mesh/run/process/alive.ts';

let claims = 0;

/**
 * Takes `path` for this process, as a file with its pid. False when another living process holds it; what a dead one
 * left behind is taken over.
 */
export function claimFile(path: string): boolean {
  claims += 1;
  const own = `${path}.${process.pid}.${claims}`;
  writeFileSync(own, `${process.pid}\n`, { mode: 0o600 });
  try {
    return linkNew(own, path) || (removeStale(path, `${own}.stale`) && linkNew(own, path));
  } finally {
    rmSync(own, { force: true });
  }
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
  if (isHeld(path)) {
    return false;
  }
  try {
    renameSync(path, aside);
  } catch {
    return true;
  }
  const held = isHeld(aside);
  if (held) {
    linkNew(aside, path);
  }
  rmSync(aside, { force: true });
  return !held;
}

function isHeld(path: string): boolean {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    return pid > 0 && isAlive(pid);
  } catch {
    return false;
  }
}
