import type { OutboundPolicy } from '#mesh/istiod/model/mesh.ts';

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
  /** A file of the user's own table of images; default: MESH_IMAGES. */
  readonly images?: string;
  /** Refuse images that no program here plays, instead of playing them by stand-ins. */
  readonly noStandIns?: boolean;
  /** Run such images by this engine: `docker`, `podman`, or whichever is there (`any`). */
  readonly containers?: 'docker' | 'podman' | 'any';
  /** Makes the faults of services and Envoys repeatable. */
  readonly seed?: number;
  /** End when standard input does, that is, with the process that started the runner. */
  readonly attached: boolean;
}
