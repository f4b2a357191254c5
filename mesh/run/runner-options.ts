import type { OutboundPolicy } from '#mesh/model/mesh.ts';

/** How a mesh is to run; passed to the runner's process as JSON. */
export interface RunnerOptions {
  /** The project: relative names in variables are resolved here. */
  readonly cwd: string;
  /** An Envoy executable. */
  readonly envoy: string;
  readonly outboundPolicy: OutboundPolicy;
  /** Use the real outside hosts instead of the stand-ins. */
  readonly live: boolean;
  /** `--traces-to`: where spans go, a URL, `embedded` or `none`. */
  readonly tracesTo?: string;
  /** Makes the faults of services and Envoys repeatable. */
  readonly seed?: number;
  /** End when standard input does, that is, with the process that started the runner. */
  readonly attached: boolean;
}
