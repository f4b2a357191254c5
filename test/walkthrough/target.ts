/** Where a walkthrough's commands run. */
export interface Target {
  readonly name: 'laptop' | 'cluster';
  /** The command that opens a shell there, with kubectl on PATH and GATEWAY_URL set. */
  readonly shell: readonly [string, ...string[]];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  close(): Promise<void>;
}
