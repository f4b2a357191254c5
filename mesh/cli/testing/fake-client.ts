import { Readable } from 'node:stream';
import type { Diagnostic } from '#mesh/diagnostic.ts';
import type { ExecTarget, KubernetesObject, Overview, UpEvent } from '#mesh/run/api.ts';
import type { Client } from '#mesh/run/client.ts';

/** What a fake runner holds, and the calls that it has received. */
export interface FakeClient extends Client {
  readonly calls: (readonly [method: string, argument: unknown])[];
}

export interface FakeMesh {
  readonly objects?: readonly KubernetesObject[];
  readonly overview?: Overview;
  readonly logs?: Readonly<Record<string, string>>;
  readonly exec?: ExecTarget;
  readonly events?: readonly UpEvent[];
  readonly diagnostics?: readonly Diagnostic[];
  readonly action?: 'created' | 'configured' | 'unchanged';
}

const emptyOverview: Overview = { pods: [], urls: [], standIns: [] };

/** A runner's client that answers from memory. */
export function fakeClient(mesh: FakeMesh = {}): FakeClient {
  const calls: (readonly [string, unknown])[] = [];
  const called = (method: string, argument?: unknown) => void calls.push([method, argument]);
  const diagnostics = mesh.diagnostics ?? [];
  return {
    calls,
    apply: async (request) => {
      called('apply', request);
      const results = request.files.map(({ file }) => resultOf(file, mesh.action ?? 'created'));
      return { results, diagnostics };
    },
    delete: async (request) => {
      called('delete', request);
      const named = request.objects ?? [];
      const results = [
        ...(request.files ?? []).map(({ file }) => resultOf(file, 'deleted')),
        ...named.map((object) => ({
          ...object,
          resource: `${object.kind.toLowerCase()}/${object.name}`,
          action: 'deleted' as const,
        })),
      ];
      return { results, diagnostics };
    },
    analyze: async (request) => {
      called('analyze', request);
      return diagnostics;
    },
    objects: async ({ kind, namespace }) =>
      (mesh.objects ?? []).filter(
        (object) => object.kind === kind && (!namespace || object.metadata.namespace === namespace),
      ),
    logs: async (request) => {
      called('logs', request);
      return Readable.from([mesh.logs?.[request.name] ?? '']);
    },
    execTarget: async () => mesh.exec ?? { containers: ['app'], env: {}, cwd: '/' },
    mesh: async () => {
      throw new Error('this fake has no model');
    },
    overview: async () => mesh.overview ?? emptyOverview,
    events: async function* () {
      yield* mesh.events ?? [];
    },
    shutdown: async () => called('shutdown'),
  };
}

/** The fake names an object by its file. */
function resultOf(file: string, action: 'created' | 'configured' | 'unchanged' | 'deleted') {
  const name = file.replace(/^.*\//, '').replace(/\.\w+$/, '');
  return {
    kind: 'VirtualService',
    name,
    namespace: 'default',
    resource: `virtualservice.networking.istio.io/${name}`,
    action,
  };
}
