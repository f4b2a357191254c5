import type { Api } from '#mesh/apiserver/api.ts';
import type { DraftObject, KubernetesObject } from '#mesh/apiserver/object.ts';
import type { Admission } from '#mesh/apiserver/rules.ts';
import { ImageError, type PodFactory } from '#mesh/kubelet/pod-factory.ts';
import { InitSequence } from '#mesh/kubelet/pods/init-sequence.ts';
import { type ContainerPlan, type PodPlan, workloadOf } from '#mesh/kubelet/pods/pod-plan.ts';
import type { RunningPod } from '#mesh/kubelet/pods/running-pod.ts';
import { createApi, createStorage, install } from '#mesh/run/api-server/create-api.ts';

const accept: Admission = async () => ({ warnings: [] });

/** The API of a mesh, as it is installed, in front of no Envoys. */
export async function installedApi(admit = accept): Promise<Api> {
  const api = createApi(createStorage(), admit);
  await install(api, 'the root certificate');
  return api;
}

export async function created(
  api: Api,
  draft: DraftObject,
  namespace = 'default',
): Promise<KubernetesObject> {
  const type = api.types.ofKind(draft.apiVersion, draft.kind);
  if (!type) throw new Error(`no ${draft.kind}`);
  const options = { manager: 'test', ...(type.namespaced && { namespace }) };
  return (await api.create(type, draft, options)).object;
}

/** A pod whose processes exist only in what it says. */
export class FakePod {
  readonly createdAt = new Date();
  readonly plan: PodPlan;
  readonly proxy = undefined;
  readonly containers: readonly FakeContainer[];
  readonly init = new InitSequence([]);
  readonly initialized = Promise.resolve();
  readonly expired = false;
  onHookFailed: RunningPod['onHookFailed'] = () => {};
  terminating = false;
  wasReady = false;
  /** What has been done with it, in this order. */
  readonly history: string[] = [];
  readonly #stopped = Promise.withResolvers<void>();

  constructor(plan: PodPlan, names: readonly string[]) {
    this.plan = plan;
    this.containers = names.map((name) => new FakeContainer(name));
  }

  get ready(): boolean {
    return !this.terminating && this.containers.every(({ ready }) => ready);
  }

  get all(): readonly FakeContainer[] {
    return this.containers;
  }

  get outcome(): RunningPod['outcome'] {
    const ends = this.containers.map(({ program }) =>
      program.state === 'ended' ? program.lastExit : undefined,
    );
    if (ends.length === 0 || ends.includes(undefined)) return undefined;
    return ends.every((exit) => exit?.code === 0) ? 'Succeeded' : 'Failed';
  }

  showsReady({ ready }: FakeContainer): boolean {
    return ready;
  }

  start(): void {
    this.history.push('start');
    for (const container of this.containers) container.program.state = 'running';
  }

  retire(): void {
    this.terminating = true;
    this.history.push('retire');
  }

  /** Its processes have not ended before `ended` is called. */
  stop({ hurry }: { readonly hurry: boolean }): Promise<void> {
    this.history.push(hurry ? 'stop in a hurry' : 'stop');
    return this.#stopped.promise;
  }

  ended(): void {
    this.#stopped.resolve();
  }

  async endProxy(): Promise<void> {
    this.history.push('end proxy');
  }
}

type Exit = NonNullable<RunningPod['containers'][number]['program']['lastExit']>;

class FakeContainer {
  readonly plan: { readonly name: string };
  readonly program = {
    state: 'waiting' as 'running' | 'waiting' | 'ended' | 'stopped',
    lastExit: undefined as Exit | undefined,
    restarts: 0,
    pid: 4_711,
    startedAt: new Date(0),
    previousOutput: undefined as string | undefined,
  };
  ready = false;

  constructor(name: string) {
    this.plan = { name };
  }

  /** Its program ends, and is started again or not. */
  exit(code: number | null, state: 'waiting' | 'ended', more: Partial<Exit> = {}): void {
    this.ready = false;
    this.program.state = state;
    this.program.lastExit = { code, signal: null, at: new Date(1_000), startedAt: new Date(0), ...more };
  }
}

export interface FakeFactory extends Pick<PodFactory, 'create' | 'release'> {
  readonly made: FakePod[];
  /** Names of pods whose ports and address have been given back. */
  readonly released: string[];
  /** Images that nobody has. */
  readonly unknown: Set<string>;
}

/** Makes pods without processes. */
export function fakeFactory(): FakeFactory {
  const made: FakePod[] = [];
  const released: string[] = [];
  const unknown = new Set<string>();
  return {
    ...{ made, released, unknown },
    async create({ object, pod }) {
      const image = pod.spec.containers.map((container) => container.image).find((one) => unknown.has(one));
      if (image !== undefined) throw new ImageError(`no program here plays the image ${image}`);
      const { name, namespace, labels, annotations } = pod.metadata;
      const plan: PodPlan = {
        ...{ role: 'workload', name, namespace, labels, annotations, uid: object.metadata.uid },
        ...{ serviceAccount: 'default', address: '10.244.0.9', workload: workloadOf(object.metadata) },
        ...{ ports: [], restartPolicy: pod.spec.restartPolicy, claims: [], grace: 0 },
        containers: pod.spec.containers.map(containerPlan),
      };
      const fake = new FakePod(
        plan,
        pod.spec.containers.map((container) => container.name),
      );
      made.push(fake);
      return fake as unknown as RunningPod;
    },
    release: ({ name }) => void released.push(name),
  };
}

function containerPlan({ name, image }: { readonly name: string; readonly image: string }): ContainerPlan {
  return { name, image, command: { command: '', args: [], env: {}, cwd: '/' }, probes: {}, ports: [] };
}
