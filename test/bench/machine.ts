import os from 'node:os';
import process from 'node:process';

/** Where and when a run was made, in one line. */
export function machine(): string {
  const cores = os.availableParallelism();
  const model = os.cpus()[0]?.model.trim() || process.arch;
  const load = os.loadavg()[0]?.toFixed(1);
  const date = new Date().toISOString().slice(0, 10);
  return `${date}, ${cores} cores (${model}), ${os.type()}, Node ${process.versions.node}, load average before: ${load}`;
}
