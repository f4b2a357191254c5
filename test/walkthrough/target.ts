import type { ShellOptions } from '#mesh/console/walkthroughs/shell.ts';

/** Where a walkthrough's commands run. */
export interface Target extends ShellOptions {
  readonly name: 'laptop' | 'cluster';
  close(): Promise<void>;
}
