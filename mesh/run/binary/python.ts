import { execFile } from 'node:child_process';

export interface PythonRun {
  readonly python: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** Runs Python to its end; rejects with the last lines that it wrote. */
export function runPython({ python, args, env }: PythonRun): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(python, [...args], { env, maxBuffer: 16 * 1024 * 1024 }, (error, _stdout, stderr) => {
      if (error) {
        reject(new Error(reason(stderr) || error.message, { cause: error }));
      } else {
        resolve();
      }
    });
  });
}

function reason(stderr: string): string {
  if (/No module named '?pip/.test(stderr)) {
    return 'python3 has no pip (on Debian: apt install python3-pip).';
  }
  const lines = stderr.trim().split('\n');
  const errors = lines.filter((line) => line.startsWith('ERROR:'));
  return (errors.length > 0 ? errors : lines).slice(-3).join('\n');
}
