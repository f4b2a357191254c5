import type { Api } from '#mesh/apiserver/api.ts';
import type { DraftObject, KubernetesObject } from '#mesh/apiserver/object.ts';
import { kindsApi } from '#mesh/apiserver/testing/kinds-api.ts';
import { type Controller, Controllers } from '#mesh/controllers/controllers.ts';
import { isTerminating, type Pod, typeOf, type Workload } from '#mesh/controllers/workload.ts';

export interface FakeCluster {
  readonly api: Api;
  /** What a kubelet does with a pod: by default it is ready at once, and gone as soon as it is told to go. */
  kubelet: (pod: Pod, act: KubeletActs) => Promise<void>;
  create(draft: DraftObject, namespace?: string): Promise<KubernetesObject>;
  change(resource: string, name: string, change: (before: Workload) => DraftObject): Promise<void>;
  get<T = Workload>(resource: string, name: string): T;
  list<T = Workload>(resource: string): readonly T[];
  remove(resource: string, name: string, policy?: 'Background' | 'Foreground' | 'Orphan'): Promise<void>;
  /** Resolves when nothing happens any more. */
  settled(): Promise<void>;
  readonly problems: readonly string[];
  stop(): void;
}

export interface KubeletActs {
  ready(ready?: boolean): Promise<void>;
  phase(phase: string): Promise<void>;
  gone(): Promise<void>;
}

const fakes = { manager: 'kubelet' };

/** An API with controllers and a kubelet that starts nothing. */
export function fakeCluster(controllers: (api: Api) => readonly Controller[]): FakeCluster {
  const { api } = kindsApi();
  const problems: string[] = [];
  let pending: Promise<unknown> = Promise.resolve();
  const running = new Controllers({
    store: api.store,
    controllers: controllers(api),
    onProblem: (problem) => problems.push(problem),
  });
  const status = async (pod: Pod, value: object) => {
    if (!api.store.get('pods', pod.metadata)) return;
    const change = (before: KubernetesObject) => ({ ...before, status: value });
    await api.update(typeOf(api, 'pods'), pod.metadata, change, { ...fakes, subresource: 'status' });
  };
  let address = 0;
  const acts = (pod: Pod): KubeletActs => ({
    ready: (ready = true) => {
      address += 1;
      const lastTransitionTime = new Date(Date.now() - 60_000).toISOString();
      const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime }];
      return status(pod, { phase: 'Running', podIP: `10.0.0.${address}`, conditions });
    },
    phase: (phase) => status(pod, { phase }),
    gone: async () => {
      if (!api.store.get('pods', pod.metadata)) return;
      await api.delete(typeOf(api, 'pods'), pod.metadata, { ...fakes, gracePeriodSeconds: 0 });
    },
  });
  const cluster: FakeCluster = {
    api,
    problems,
    kubelet: (pod, act) => (isTerminating(pod) ? act.gone() : act.ready()),
    async create(draft, namespace = 'default') {
      const type = api.types.ofKind(draft.apiVersion, draft.kind);
      if (!type) throw new Error(`no ${draft.kind}`);
      const options = type.namespaced ? { ...fakes, namespace } : fakes;
      return (await api.create(type, draft, options)).object;
    },
    async change(resource, name, change) {
      const key = { namespace: 'default', name };
      await api.update(typeOf(api, resource), key, (before) => change(before as Workload), fakes);
    },
    get: (resource, name) => api.get(typeOf(api, resource), { namespace: 'default', name }) as never,
    list: (resource) => api.store.list(resource) as never,
    async remove(resource, name, policy = 'Background') {
      const type = typeOf(api, resource);
      const key = type.namespaced ? { namespace: 'default', name } : { name };
      await api.delete(type, key, { ...fakes, propagationPolicy: policy });
    },
    async settled() {
      for (let version = -1; version !== api.store.version; ) {
        version = api.store.version;
        await running.settled();
        await pending;
      }
    },
    stop: () => running.stop(),
  };
  api.store.subscribe(({ resource, type, object }) => {
    const isNews = type === 'ADDED' || (type === 'MODIFIED' && isTerminating(object));
    if (resource !== 'pods' || !isNews) return;
    pending = pending.then(() => cluster.kubelet(object as Pod, acts(object as Pod)));
  });
  return cluster;
}

/** A pod template that a kubelet would run. */
export function template(app: string, image = 'web:1') {
  return {
    metadata: { labels: { app } },
    spec: { nodeName: 'laptop', containers: [{ name: 'web', image }] },
  };
}

export function workload(kind: string, name: string, spec: object = {}): DraftObject {
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name },
    spec: { selector: { matchLabels: { app: name } }, template: template(name), ...spec },
  };
}

/** Its selector follows from its uid. */
export function job(name: string, spec: object = {}): DraftObject {
  const pods = template(name);
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: { template: { ...pods, spec: { ...pods.spec, restartPolicy: 'Never' } }, ...spec },
  };
}
