import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import type { Diagnostic } from '#mesh/diagnostic.ts';
import type { Mesh } from '#mesh/model/mesh.ts';
import type {
  ApplyRequest,
  ApplyResponse,
  DeleteRequest,
  ExecTarget,
  KubernetesObject,
  LabelRequest,
  ObjectName,
  Overview,
  ProxyDump,
  UpEvent,
} from '#mesh/run/api.ts';
import { ControlError } from '#mesh/run/control/control-error.ts';
import { requestJson, send } from '#mesh/run/control/request-json.ts';
import type { StateDirectory } from '#mesh/run/state/state-directory.ts';

export interface PodName {
  readonly name: string;
  readonly namespace: string;
}

export interface LogsRequest extends PodName {
  readonly container?: string;
  readonly follow?: boolean;
  readonly tail?: number;
}

export interface ObjectQuery {
  readonly kind: string;
  readonly namespace?: string;
  readonly labelSelector?: string;
}

/** The running mesh: one method for each call of api.ts. */
export interface Client {
  apply(request: ApplyRequest): Promise<ApplyResponse>;
  delete(request: DeleteRequest): Promise<ApplyResponse>;
  restart(object: ObjectName): Promise<void>;
  label(request: LabelRequest): Promise<KubernetesObject>;
  analyze(request: ApplyRequest): Promise<readonly Diagnostic[]>;
  objects(query: ObjectQuery): Promise<readonly KubernetesObject[]>;
  logs(request: LogsRequest): Promise<Readable>;
  execTarget(pod: PodName): Promise<ExecTarget>;
  proxy(name: PodName): Promise<ProxyDump>;
  mesh(): Promise<Mesh>;
  overview(): Promise<Overview>;
  events(): AsyncIterable<UpEvent>;
  shutdown(): Promise<void>;
}

/** The mesh whose runner answers at the state directory's socket, or undefined when none does. */
export async function connect(state: StateDirectory): Promise<Client | undefined> {
  const client = createClient(state.socket);
  try {
    await client.overview();
    return client;
  } catch (error) {
    if (isNobodyThere(error)) {
      return undefined;
    }
    throw error;
  }
}

function isNobodyThere(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ECONNRESET';
}

/** A client for the socket at `socket`, whether or not anybody listens. */
export function createClient(socket: string): Client {
  // The runner is this project's own, of the same version: its answers have the types that api.ts promises.
  const get = <T>(path: string) => requestJson({ socket, method: 'GET', path }) as Promise<T>;
  const post = <T>(path: string, body: unknown) =>
    requestJson({ socket, method: 'POST', path, body }) as Promise<T>;
  return {
    apply: (request) => post('/apply', request),
    delete: (request) => post('/delete', request),
    restart: async (object) => void (await post('/restart', object)),
    label: async (request) => (await post<{ object: KubernetesObject }>('/label', request)).object,
    analyze: async (request) => (await post<{ diagnostics: Diagnostic[] }>('/analyze', request)).diagnostics,
    objects: async (query) =>
      (await get<{ items: KubernetesObject[] }>(`/objects?${parameters(query)}`)).items,
    logs: (request) => openLogs(socket, request),
    execTarget: (pod) => get(`/exec/${pathOf(pod)}`),
    proxy: (name) => get(`/proxy/${pathOf(name)}`),
    mesh: () => get('/mesh'),
    overview: () => get('/overview'),
    events: () => readEvents(socket),
    shutdown: async () => void (await post('/shutdown', {})),
  };
}

function pathOf({ namespace, name }: PodName): string {
  return `${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;
}

function parameters(values: object): URLSearchParams {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return new URLSearchParams(Object.fromEntries(given.map(([name, value]) => [name, String(value)])));
}

async function openLogs(socket: string, { name, namespace, ...options }: LogsRequest): Promise<Readable> {
  const path = `/logs/${pathOf({ name, namespace })}?${parameters(options)}`;
  const response = await send({ socket, method: 'GET', path });
  if (response.statusCode !== 200) {
    const { error } = (await json(response)) as { error?: string };
    throw new ControlError(response.statusCode ?? 500, error ?? 'no logs');
  }
  return response;
}

async function* readEvents(socket: string): AsyncGenerator<UpEvent> {
  const response = await send({ socket, method: 'GET', path: '/events' });
  for await (const line of createInterface({ input: response })) {
    yield JSON.parse(line) as UpEvent;
  }
}
