import { cpus, freemem, totalmem } from 'node:os';
import { notFound } from '#mesh/apiserver/api-error.ts';
import type { Call } from '#mesh/apiserver/http/call.ts';
import type { CallHandler } from '#mesh/apiserver/http/handle.ts';
import { selectorOf } from '#mesh/apiserver/http/list.ts';
import { sendList, sendObject } from '#mesh/apiserver/http/respond.ts';
import { type KubernetesObject, timestamp } from '#mesh/apiserver/object.ts';
import type { RunningPod } from '#mesh/kubelet/pods/running-pod.ts';
import { type ProcessUse, processUses, withDescendants } from '#mesh/kubelet/process/process-use.ts';
import type { LocalMesh } from '#mesh/run/apply/local-mesh.ts';

/** The first answer is an average since a process began; a later one since the last that is at least so old. Milliseconds. */
const shortestWindow = 5_000;

interface Usage {
  /** Of a processor, where 1 is one that has nothing else to do. */
  readonly processors: number;
  readonly bytes: number;
}

interface Sample {
  readonly at: number;
  readonly uses: ReadonlyMap<number, ProcessUse>;
  /** Milliseconds in which the machine's processors were busy. */
  readonly busy: number;
}

type Metered = Pick<LocalMesh, 'api' | 'pods'>;

/** `metrics.k8s.io`, which `kubectl top` asks: what the processes of pods, and this machine, use. */
export function podMetrics(mesh: Metered): ReadonlyMap<string, CallHandler> {
  const meter = new Meter();
  const answer = (read: (spell: Spell, call: Call) => readonly KubernetesObject[]): CallHandler => {
    return async (call) => {
      const { name, type, response, request } = call;
      if (request.method !== 'GET') {
        response.writeHead(405).end();
        return;
      }
      const objects = read(await meter.measure(), call);
      if (name === undefined) {
        sendList(call, objects.filter(selectorOf(call)), { resourceVersion: '' });
        return;
      }
      const [found] = objects.filter(({ metadata }) => metadata.name === name);
      if (!found) throw notFound(type, name);
      sendObject(call, found);
    };
  };
  return new Map([
    ['pods.metrics.k8s.io', answer((spell, { namespace }) => ofPods(mesh, spell, namespace))],
    ['nodes.metrics.k8s.io', answer((spell) => ofNodes(mesh, spell))],
  ]);
}

/** Two looks at the machine, or one. */
interface Spell {
  readonly before: Sample | undefined;
  readonly now: Sample;
}

class Meter {
  #before: Sample | undefined;
  #last: Sample | undefined;

  async measure(): Promise<Spell> {
    const now = { at: Date.now(), uses: await processUses(), busy: busyMilliseconds() };
    if (!this.#last || now.at - this.#last.at >= shortestWindow) {
      this.#before = this.#last;
      this.#last = now;
    }
    return { before: this.#before, now };
  }
}

function busyMilliseconds(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
}

function ofPods({ api, pods }: Metered, spell: Spell, namespace: string | undefined): KubernetesObject[] {
  return pods
    .filter(({ plan }) => namespace === undefined || plan.namespace === namespace)
    .flatMap((pod) => {
      const object = api.store.get('pods', pod.plan);
      const containers = containersOf(pod, spell);
      if (!object || containers.length === 0) return [];
      return [metrics('PodMetrics', object, { spell, more: { containers } })];
    })
    .sort((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1));
}

function keyOf({ metadata: { namespace, name } }: KubernetesObject): string {
  return `${namespace}/${name}`;
}

function containersOf(pod: RunningPod, spell: Spell) {
  const { uses } = spell.now;
  const trees = pod.containers.map(({ plan, program }) => [plan.name, treeOf(program.pid, uses)] as const);
  const proxy = [['istio-proxy', treeOf(pod.proxy?.program.pid, uses)] as const];
  // The control plane's container is this process; those that it has started are others' programs.
  const own = [['discovery', uses.get(process.pid) ?? []] as const];
  const all = pod.plan.role === 'control-plane' ? own : [...trees, ...proxy];
  return all.flatMap(([name, tree]) => {
    const processes = [tree].flat();
    return processes.length === 0 ? [] : [{ name, usage: quantities(usageOf(processes, spell)) }];
  });
}

function treeOf(pid: number | undefined, uses: Sample['uses']): readonly ProcessUse[] {
  return pid === undefined ? [] : withDescendants(pid, uses);
}

function usageOf(processes: readonly ProcessUse[], { before, now }: Spell): Usage {
  const processors = processes.map(({ pid, processor, age }) => {
    const earlier = before?.uses.get(pid);
    // An id may have been given anew in between.
    const same = earlier && before && now.at - before.at <= age + 1_000 ? earlier : undefined;
    const time = same && before ? now.at - before.at : age;
    return time > 0 ? Math.max(processor - (same?.processor ?? 0), 0) / time : 0;
  });
  return {
    processors: processors.reduce((sum, share) => sum + share, 0),
    bytes: processes.reduce((sum, { memory }) => sum + memory, 0),
  };
}

function ofNodes({ api }: Metered, spell: Spell): KubernetesObject[] {
  const { before, now } = spell;
  const boot = cpus().reduce((sum, { times }) => sum + times.idle, now.busy) / cpus().length;
  const time = before ? now.at - before.at : boot;
  const usage = { processors: (now.busy - (before?.busy ?? 0)) / time, bytes: totalmem() - freemem() };
  return api.store
    .list('nodes')
    .map((node) => metrics('NodeMetrics', node, { spell, more: { usage: quantities(usage) } }));
}

function quantities({ processors, bytes }: Usage) {
  return { cpu: `${Math.round(processors * 1e9)}n`, memory: `${Math.round(bytes / 1024)}Ki` };
}

function metrics(
  kind: string,
  { metadata: { name, namespace, labels } }: KubernetesObject,
  {
    spell: { before, now },
    more,
  }: { readonly spell: Spell; readonly more: Readonly<Record<string, unknown>> },
): KubernetesObject {
  const at = timestamp(new Date(now.at));
  return {
    apiVersion: 'metrics.k8s.io/v1beta1',
    kind,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(labels && { labels }),
      creationTimestamp: at,
    } as KubernetesObject['metadata'],
    timestamp: at,
    window: `${Math.round((now.at - (before?.at ?? now.at)) / 1000)}s`,
    ...more,
  };
}
