import { Readable } from 'node:stream';
import type { Diagnostic } from '#mesh/diagnostic.ts';
import type { ExecTarget, KubernetesObject, Overview, ProxyDump, UpEvent } from '#mesh/run/api.ts';
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
  readonly proxies?: Readonly<Record<string, ProxyDump>>;
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
    restart: async (object) => called('restart', object),
    label: async (request) => {
      called('label', request);
      return find(mesh, request);
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
    proxy: async ({ name, namespace }) => {
      const dump = mesh.proxies?.[`${name}.${namespace}`];
      if (dump) return dump;
      throw Object.assign(new Error(`no proxy ${name}.${namespace}`), { status: 404 });
    },
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

function find(mesh: FakeMesh, { kind, name }: { kind: string; name: string }): KubernetesObject {
  const found = mesh.objects?.find((object) => object.kind === kind && object.metadata.name === name);
  if (!found) throw new Error(`this fake has no ${kind} ${name}`);
  return found;
}
