import { PerformanceObserver } from 'node:perf_hooks';
import process from 'node:process';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export interface GiveBackOptions {
  /** How long a process is watched before it counts as resting, ms. */
  readonly rest?: number;
  /** What it must have taken since the last time, in bytes: a collection costs some hundredths of a second. */
  readonly worth?: number;
}

/** The share of one core that a process may use and still counts as resting: some requests a second, or probes of pods. */
const hardlyAny = 0.01;

/**
 * Gives memory back to the machine once the work that took it is done: after the start, and after a load. By itself V8 keeps what
 * it has, garbage included, as long as nothing happens, and a mesh has dozens of processes that mostly wait.
 */
export function giveBackMemory({ rest = 30_000, worth = 8 * 1024 * 1024 }: GiveBackOptions = {}): void {
  let left = 0;
  let isWatched = false;
  const watch = () => {
    if (isWatched) return;
    isWatched = true;
    const before = process.cpuUsage();
    const look = () => {
      isWatched = false;
      const { user, system } = process.cpuUsage(before);
      if (user + system > hardlyAny * rest * 1_000) watch();
      else if (taken() - left >= worth) {
        collect();
        left = taken();
      }
    };
    setTimeout(look, rest).unref();
  };
  // V8 collects while there is work, and only then: a process that waits is not woken for this.
  new PerformanceObserver(watch).observe({ entryTypes: ['gc'] });
}

function taken(): number {
  return getHeapStatistics().total_physical_size;
}

/** The flag comes late, as modules that are compiled under other flags are not found in Node's compile cache. */
function collect(): void {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as NodeJS.GCFunction;
  void gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
