import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Agent, request } from 'undici';
import { parse } from 'yaml';
import type { KubernetesObject } from '#mesh/run/api.ts';

/** What is written: the server fills in the rest. */
export interface Draft {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

/** What the server answers to a call that it refuses: a Status. */
export class KubeError extends Error {
  override readonly name = 'KubeError';
  readonly code: number;
  readonly reason: string;

  constructor(status: { readonly code: number; readonly reason?: string; readonly message: string }) {
    super(status.message);
    this.code = status.code;
    this.reason = status.reason ?? '';
  }
}

export interface KubeCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As kubectl names it, with a version where it is not v1: `pods`, `deployments.apps`, `pods.v1beta1.metrics.k8s.io`. */
  readonly resource: string;
  readonly name?: string;
  readonly namespace?: string | undefined;
  readonly subresource?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface KubeAnswer {
  readonly body: unknown;
  readonly warnings: readonly string[];
}

/** The Kubernetes API of a mesh, as its kubeconfig leads there. What names no namespace is in `default`. */
export class KubeClient {
  readonly #server: string;
  readonly #agent: Agent;

  constructor(kubeconfig: string) {
    const { clusters, users } = parse(readFileSync(kubeconfig, 'utf8')) as Kubeconfig;
    const [{ cluster } = {}, { user } = {}] = [clusters[0], users[0]];
    if (!cluster || !user) throw new Error(`${kubeconfig} names no cluster and user`);
    const pem = (data: string) => Buffer.from(data, 'base64').toString('utf8');
    this.#server = cluster.server;
    this.#agent = new Agent({
      connect: {
        ca: pem(cluster['certificate-authority-data']),
        cert: pem(user['client-certificate-data']),
        key: pem(user['client-key-data']),
      },
    });
  }

  async get<T = KubernetesObject>(resource: string, name: string, namespace = 'default'): Promise<T> {
    return (await this.call({ method: 'GET', resource, name, namespace })).body as T;
  }

  async list(resource: string, labelSelector = '', namespace = 'default'): Promise<KubernetesObject[]> {
    const query = { labelSelector };
    const { body } = await this.call({ method: 'GET', resource, namespace, query });
    return (body as { items: KubernetesObject[] }).items;
  }

  create(resource: string, body: Draft): Promise<KubeAnswer> {
    return this.call({ method: 'POST', resource, namespace: body.metadata.namespace ?? 'default', body });
  }

  replace(resource: string, body: Draft): Promise<KubeAnswer> {
    const { name, namespace = 'default' } = body.metadata;
    return this.call({ method: 'PUT', resource, name, namespace, body });
  }

  /** A merge patch (RFC 7386). */
  patch(resource: string, name: string, body: object, namespace = 'default'): Promise<KubeAnswer> {
    return this.call({ method: 'PATCH', resource, name, namespace, body });
  }

  delete(resource: string, name: string, namespace = 'default'): Promise<KubeAnswer> {
    return this.call({ method: 'DELETE', resource, name, namespace });
  }

  /** A rolling restart, as `kubectl rollout restart` asks for it. */
  async restart(deployment: string): Promise<void> {
    const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() };
    await this.patch('deployments.apps', deployment, { spec: { template: { metadata: { annotations } } } });
  }

  /** @throws KubeError for anything but success */
  async call({ method, query = {}, body, ...target }: KubeCall): Promise<KubeAnswer> {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const response = await request(`${this.#server}${pathOf(target)}?${new URLSearchParams(query)}`, {
      method,
      dispatcher: this.#agent,
      ...(body !== undefined && { headers: { 'content-type': type }, body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.body.json();
    if (response.statusCode >= 300) throw new KubeError(answer as ConstructorParameters<typeof KubeError>[0]);
    const warnings = [response.headers['warning'] ?? []].flat();
    return { body: answer, warnings: warnings.map(warningText) };
  }

  /** What happens to the objects of a resource from now on; ends with the client. */
  async watch(resource: string, namespace = 'default'): Promise<AsyncIterable<WatchEvent>> {
    const { body } = await this.call({ method: 'GET', resource, namespace, query: { limit: '1' } });
    const { resourceVersion } = (body as { metadata: { resourceVersion: string } }).metadata;
    const query = new URLSearchParams({ watch: 'true', resourceVersion });
    const url = `${this.#server}${pathOf({ resource, namespace })}?${query}`;
    const response = await request(url, { method: 'GET', dispatcher: this.#agent, bodyTimeout: 0 });
    const lines = createInterface({ input: response.body });
    return (async function* () {
      for await (const line of lines) yield JSON.parse(line) as WatchEvent;
    })();
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: KubernetesObject;
}

interface Kubeconfig {
  readonly clusters: readonly {
    readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string };
  }[];
  readonly users: readonly {
    readonly user: { readonly 'client-certificate-data': string; readonly 'client-key-data': string };
  }[];
}

/** These are in no namespace. */
const clusterScoped: ReadonlySet<string> = new Set(['namespaces', 'nodes', 'persistentvolumes']);

function pathOf({ resource, name, namespace, subresource }: Omit<KubeCall, 'method' | 'query' | 'body'>) {
  const [plural = '', ...group] = resource.split('.');
  const version = /^v\d/.test(group[0] ?? '') ? group.shift() : 'v1';
  const root = group.length === 0 ? `/api/${version}` : `/apis/${group.join('.')}/${version}`;
  const inside = namespace === undefined || clusterScoped.has(plural) ? [] : ['namespaces', namespace];
  const parts = [...inside, plural, name, subresource].filter((part) => part !== undefined);
  return [root, ...parts.map(encodeURIComponent)].join('/');
}

/** `299 - "text"` (RFC 7234 §5.5), whose bytes are UTF-8. */
function warningText(header: string): string {
  const quoted = Buffer.from(header, 'latin1')
    .toString('utf8')
    .replace(/^299 \S+ "|"$/g, '');
  return quoted.replace(/\\(.)/g, '$1');
}
