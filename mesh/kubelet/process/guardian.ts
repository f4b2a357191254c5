import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('guardian.sh', import.meta.url));

export interface Guardian {
  readonly pid: number | undefined;
  /** Dismisses it: it is not replaced any more, and ends with this process after a last look at the group. */
  dismiss(): void;
  /** As `dismiss`, but at once and without that look: the group has ended, and its number may be another's. */
  end(): void;
}

/**
 * Starts the process that ends the group `processGroup` if this process dies without doing so
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

  const dismiss = () => {
    dismissed = true;
    child.unref();
  };
  return {
    get pid() {
      return child.pid;
    },
    dismiss,
    end() {
      dismiss();
      child.kill();
    },
  };
}
