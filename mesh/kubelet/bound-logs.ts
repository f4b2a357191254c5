import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type LogFile, largestLog } from '#mesh/kubelet/process/log-file.ts';

/** The most that all logs of a mesh take together, in bytes. */
const wholeMesh = 128 * 1024 * 1024;
/** The part of it for the logs of what runs, with their older generations; the rest is for ended pods. */
const ofRunning = 3 / 4;

export interface BoundLogsOptions {
  /** The logs that are being written. */
  readonly live: readonly LogFile[];
  /** The folder of the pods' folders. */
  readonly pods: string;
  /** The names of the folders there that are in use. */
  readonly inUse: ReadonlySet<string>;
  readonly bound?: number;
}

interface Folder {
  readonly path: string;
  readonly bytes: number;
  readonly lastWritten: number;
}

/** Keeps the logs of a mesh within one bound: long ones are rotated, then the folders of ended pods go, the oldest first. */
export function boundLogs({ live, pods, inUse, bound = wholeMesh }: BoundLogsOptions): void {
  const limit = Math.min(largestLog, Math.floor((bound * ofRunning) / (2 * Math.max(1, live.length))));
  for (const log of live) {
    log.mark();
    log.rotate(limit);
  }
  const folders = readdirSync(pods).map((name) => ({ name, ...folderAt(join(pods, name)) }));
  const others = live.filter(({ path }) => !path.startsWith(`${pods}/`));
  let total = folders.reduce((sum, { bytes }) => sum + bytes, 0) + sizeOf(others.map(({ path }) => path));
  const ended = folders.filter(({ name }) => !inUse.has(name));
  for (const { path, bytes } of ended.sort((a, b) => a.lastWritten - b.lastWritten)) {
    if (total <= bound) {
      return;
    }
    rmSync(path, { recursive: true, force: true });
    total -= bytes;
  }
}

function folderAt(path: string): Folder {
  const stats = readdirSync(path).flatMap(
    (name) => statSync(join(path, name), { throwIfNoEntry: false }) ?? [],
  );
  const bytes = stats.reduce((sum, { size }) => sum + size, 0);
  return { path, bytes, lastWritten: Math.max(0, ...stats.map(({ mtimeMs }) => mtimeMs)) };
}

function sizeOf(logs: readonly string[]): number {
  const files = logs.flatMap((path) => [path, `${path}.1`]);
  return files.reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0);
}
