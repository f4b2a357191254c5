import process from 'node:process';
import { z } from 'zod';
import type { Api } from '#mesh/apiserver/api.ts';
import { resourceKey } from '#mesh/apiserver/resource-type.ts';
import { envoyInWords } from '#mesh/console/pods/envoy-in-words.ts';
import { typeOf } from '#mesh/console/policies/objects.ts';
import { bodyOf, ConsoleError, type ConsoleRoutes, openLines } from '#mesh/console/server/answers.ts';
import type { Mesh } from '#mesh/istiod/model/mesh.ts';
import { waitingReason } from '#mesh/kubelet/pods/pod-status.ts';
import type { RunningPod } from '#mesh/kubelet/pods/running-pod.ts';
import type { Supervised } from '#mesh/kubelet/process/supervised.ts';

export interface PodRoutesOptions {
  readonly api: Api;
  readonly mesh: () => Mesh | undefined;
  readonly pods: () => readonly RunningPod[];
  /** Where an Envoy's own pages are. */
  readonly adminUrl: (pod: RunningPod) => string | undefined;
}

const actShape = z.strictObject({
  pod: z.string(),
  action: z.enum(['kill', 'restart', 'pause', 'resume']),
});

/** Programs that were stopped by the console, and wait for it to let them go on. */
const paused = new WeakMap<RunningPod, number>();

/** The pods: how they are, what they write, what their Envoys do, and what one may do to them. */
export function podRoutes(options: PodRoutesOptions): ConsoleRoutes {
  const find = (key: string) => findPod(options.pods(), key);
  return {
    'GET /api/pods': () => ({ pods: podRows(options) }),
    'GET /api/logs': ({ query, response }) => {
      const { log } = programOf(find(query.get('pod') ?? ''), query.get('container'));
      const write = openLines(response, 'text/plain');
      write(log.tail(500));
      response.once(
        'close',
        log.follow((text) => void write(text)),
      );
    },
    'GET /api/envoy': ({ query }) => {
      const mesh = options.mesh();
      if (!mesh) throw new ConsoleError(503, 'the mesh is not up yet');
      return envoyInWords(mesh, query.get('pod') ?? '');
    },
    'POST /api/pod': async ({ request }) => {
      const { pod, action } = await bodyOf(request, actShape);
      await act(options.api, find(pod), action);
      return {};
    },
  };
}

function findPod(pods: readonly RunningPod[], key: string): RunningPod {
  const pod = pods.find((one) => one.key === key);
  if (!pod) throw new ConsoleError(404, `pod ${key} is gone`);
  return pod;
}

function programOf(pod: RunningPod, container: string | null): Supervised {
  const own = pod.containers.find(({ plan }) => plan.name === container)?.program;
  const program = own ?? (container === 'istio-proxy' ? pod.proxy?.program : undefined);
  if (!program) throw new ConsoleError(404, `pod ${pod.key} has no container ${container}`);
  return program;
}

/** What the page shows of each pod; the control plane is this process itself. */
export function podRows({ pods, adminUrl }: Pick<PodRoutesOptions, 'pods' | 'adminUrl'>) {
  return pods()
    .filter(({ plan }) => plan.role !== 'control-plane')
    .map((pod) => {
      const { key, plan, containers, proxy } = pod;
      const ready = [...containers.map((one) => pod.showsReady(one)), ...(proxy ? [proxy.ready] : [])];
      const waiting = containers.find(({ program }) => program.state === 'waiting' && program.lastExit);
      const restarts = containers.reduce(
        (sum, { program }) => sum + program.restarts,
        proxy?.program.restarts ?? 0,
      );
      const admin = adminUrl(pod);
      return {
        ...{
          key,
          restarts,
          name: plan.name,
          namespace: plan.namespace,
          workload: plan.workload ?? plan.name,
        },
        ready: ready.filter(Boolean).length,
        of: ready.length,
        state: stateOf(pod, waiting?.program),
        isGateway: plan.role === 'gateway',
        containers: [...containers.map((one) => one.plan.name), ...(proxy ? ['istio-proxy'] : [])],
        since: pod.createdAt.getTime(),
        ...(admin !== undefined && { admin }),
      };
    })
    .sort((a, b) => Number(a.isGateway) - Number(b.isGateway) || (a.key < b.key ? -1 : 1));
}

function stateOf(pod: RunningPod, waiting: Supervised | undefined): string {
  if (pod.terminating) return 'Terminating';
  if (waiting) return waitingReason(waiting);
  return isPaused(pod) ? 'Paused' : 'Running';
}

/** A program that was started anew since is not the one that was paused. */
function isPaused(pod: RunningPod): boolean {
  const pid = paused.get(pod);
  return pid !== undefined && pod.containers.some(({ program }) => program.pid === pid);
}

async function act(api: Api, pod: RunningPod, action: z.infer<typeof actShape>['action']): Promise<void> {
  const { name, namespace } = pod.plan;
  if (action === 'restart') {
    const type = typeOf(api, 'Pod');
    if (!api.store.get(resourceKey(type), { name, namespace }))
      throw new ConsoleError(404, `pod ${name} is gone`);
    await api.delete(type, { name, namespace }, { manager: 'mesh101-console', gracePeriodSeconds: 5 });
    return;
  }
  const program =
    pod.containers.find(({ program: one }) => one.pid !== undefined)?.program ?? pod.proxy?.program;
  const pid = program?.pid;
  if (pid === undefined) throw new ConsoleError(409, `no program of pod ${name} runs at this moment`);
  const signals = { kill: 'SIGKILL', pause: 'SIGSTOP', resume: 'SIGCONT' } as const;
  process.kill(pid, signals[action]);
  if (action === 'pause') paused.set(pod, pid);
  else paused.delete(pod);
}
