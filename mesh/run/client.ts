import type { IncomingMessage } from 'node:http';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import type { Diagnostic } from '#mesh/diagnostic.ts';
import type { Mesh } from '#mesh/istiod/model/mesh.ts';
import { whyUnsafe } from '#mesh/kubelet/state/private-directory.ts';
import type { StateDirectory } from '#mesh/kubelet/state/state-directory.ts';
import {
  type ApplyRequest,
  type ApplyResponse,
  ControlError,
  type DeleteRequest,
  type ExecTarget,
  type KubernetesObject,
  type Overview,
  type UpEvent,
} from '#mesh/run/api.ts';
import { request } from '#platform/node-http.ts';

export interface PodName {
  readonly name: string;
  readonly namespace: string;
}

export interface LogsRequest extends PodName {
  readonly container?: string;
  readonly follow?: boolean;
  readonly tail?: number;
  /** Of the run before the current one. */
  readonly previous?: boolean;
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
  analyze(request: ApplyRequest): Promise<readonly Diagnostic[]>;
  objects(query: ObjectQuery): Promise<readonly KubernetesObject[]>;
  logs(request: LogsRequest): Promise<Readable>;
  execTarget(pod: PodName): Promise<ExecTarget>;
  mesh(): Promise<Mesh>;
  overview(): Promise<Overview>;
  events(): AsyncIterable<UpEvent>;
  shutdown(): Promise<void>;
}

/** The mesh whose runner answers at the state directory's socket, or undefined when none does. */
export async function connect(state: StateDirectory): Promise<Client | undefined> {
  const folder = dirname(state.socket);
  if (folder !== state.root && whyUnsafe(folder) !== undefined) {
    // The process that answers there is not this user's runner.
    return undefined;
  }
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
    analyze: async (request) => (await post<{ diagnostics: Diagnostic[] }>('/analyze', request)).diagnostics,
    objects: async (query) =>
      (await get<{ items: KubernetesObject[] }>(`/objects?${parameters(query)}`)).items,
    logs: (request) => openLogs(socket, request),
    execTarget: (pod) => get(`/exec/${pathOf(pod)}`),
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

interface ControlCall {
  readonly socket: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
}

/** Sends a request to the runner's socket. Resolves with the response as soon as its head is there. */
function send({ socket, method, path, body }: ControlCall): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = text === undefined ? {} : { 'content-type': 'application/json' };
    request({ socketPath: socket, method, path, headers, agent: false }, resolve)
      .on('error', reject)
      .end(text);
  });
}

/**
 * The answer's JSON.
 * @throws ControlError when the runner refuses; 422 is an answer, not a refusal.
 */
async function requestJson(call: ControlCall): Promise<unknown> {
  const response = await send(call);
  const answer = await json(response);
  const status = response.statusCode ?? 0;
  if (status >= 400 && status !== 422) {
    throw new ControlError(status, messageOf(answer));
  }
  return answer;
}

function messageOf(answer: unknown): string {
  return typeof answer === 'object' && answer !== null && 'error' in answer
    ? String(answer.error)
    : 'refused';
}
