import { randomBytes } from 'node:crypto';
import { eventually } from '#mesh/run/testing/eventually.ts';
import { type OwnMesh, startOwnMesh } from '#test/own-mesh.ts';
import { type Node, orphans } from '#test/tracing/tree.ts';

const DEPLOYMENTS = ['frontend-prod', 'middleware-prod', 'middleware-canary', 'backend-prod'];

/** Envoys and services hand their spans over every few seconds. */
const ARRIVAL = 30_000;

export interface TracedChain {
  readonly mesh: OwnMesh;
  /** Applies files and waits until no pod of before is left. */
  deploy(...files: readonly string[]): Promise<void>;
  /** The trace of one request, as soon as it has so many spans and each of them its parent. */
  traceOf(request: TracedRequest): Promise<readonly Node[]>;
}

export interface TracedRequest {
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  readonly spans: number;
}

/** A laptop mesh whose spans go to `url`; `read` gives those of a trace that have arrived there. */
export async function startTracedChain(
  url: string,
  read: (traceId: string) => Promise<readonly Node[]>,
): Promise<TracedChain> {
  const mesh = await startOwnMesh('--traces-to', url);
  return {
    mesh,
    async deploy(...files) {
      await mesh.kubectl('apply', ...files.flatMap((file) => ['-f', file]));
      for (const name of DEPLOYMENTS) await mesh.kubectl('rollout', 'status', `deployment/${name}`);
    },
    async traceOf({ headers = {}, status, spans }) {
      const caller = randomBytes(8).toString('hex');
      const trace = randomBytes(16).toString('hex');
      const b3 = { 'x-b3-traceid': trace, 'x-b3-spanid': caller, 'x-b3-sampled': '1' };
      const response = await fetch(mesh.gatewayUrl, { headers: { ...headers, ...b3 } });
      const text = await response.text();
      if (response.status !== status) throw new Error(`${response.status} instead of ${status}: ${text}`);
      // The caller keeps its own span to itself.
      const isWhole = (found: readonly Node[]) =>
        found.length >= spans &&
        orphans(found).every(({ parent }) => parent === undefined || parent === caller);
      return eventually(() => read(trace), isWhole, ARRIVAL);
    },
  };
}
