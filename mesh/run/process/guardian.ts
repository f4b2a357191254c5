import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('guardian.sh', import.meta.url));

export interface Guardian {
  readonly pid: number | undefined;
  /** Lets it go: it is not replaced any more, and ends with this process after a last look at the group. */
  dismiss(): void;
}

/**
 * Starts the process that ends the group `processGroup` when this process dies without a chance to do so itself
 * (kill -9). A guardian that dies is replaced.
 */
export function startGuardian(processGroup: number): Guardian {
  let dismissed = false;
  let child = launch();

  function launch(): ChildProcess {
    const guardian = spawn('/bin/sh', [script, String(processGroup)], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' },
    });
    // A guardian that was killed leaves a broken pipe; the exit handler replaces it.
    guardian.stdin?.on('error', () => {});
    guardian.once('exit', () => {
      if (!dismissed) {
        child = launch();
      }
    });
    return guardian;
  }

  return {
    get pid() {
      return child.pid;
    },
    dismiss() {
      dismissed = true;
      child.unref();
    },
  };
}
