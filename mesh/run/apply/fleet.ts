import type { ObjectName } from '#mesh/run/api.ts';
import type { PodFactory } from '#mesh/run/apply/pod-factory.ts';
import { nextStep } from '#mesh/run/apply/rollout.ts';
import { templateHash } from '#mesh/run/pods/names.ts';
import type { RunningPod } from '#mesh/run/pods/running-pod.ts';
import { type Deployment, ofKind, type Resource } from '#mesh/schema/resource.ts';

export interface FleetStep {
  readonly created: readonly RunningPod[];
  /** Not ready from now on, but still running. */
  readonly retired: readonly RunningPod[];
}

/** The pods of all Deployments. */
export class Fleet {
  readonly #pods = new Map<string, RunningPod>();
  readonly #factory: PodFactory;
  readonly #onGone: () => void;

  constructor(factory: PodFactory, onGone: () => void) {
    this.#factory = factory;
    this.#onGone = onGone;
  }

  get pods(): readonly RunningPod[] {
    return [...this.#pods.values()];
  }

  find({ name, namespace }: Pick<ObjectName, 'name' | 'namespace'>): RunningPod | undefined {
    return this.#pods.get(`${name}.${namespace}`);
  }

  /** Takes each Deployment one step towards what is declared. The programs of new pods are started at once. */
  async step(resources: readonly Resource[]): Promise<FleetStep> {
    const deployments = ofKind(resources, 'Deployment');
    const created: RunningPod[] = [];
    const retired = this.#orphans(deployments);
    for (const deployment of deployments) {
      const hash = templateHash(deployment.spec.template);
      const wanted = {
        templateHash: hash,
        replicas: deployment.spec.replicas,
        recreate: deployment.spec.strategy.type === 'Recreate',
        ending: this.#ending(deployment),
      };
      const step = nextStep(this.#rolloutPods(deployment), wanted);
      retired.push(...step.retire.map(({ pod }) => pod));
      for (let count = 0; count < step.create; count += 1) {
        const pod = await this.#factory.create(deployment, hash, resources);
        this.#pods.set(pod.key, pod);
        // The program starts while its Envoy's configuration is still being made.
        pod.start();
        created.push(pod);
      }
    }
    for (const pod of retired) {
      pod.retire();
    }
    return { created, retired };
  }

  /** Ends pods in the background, and forgets each when its last process has ended. */
  end(pods: readonly RunningPod[]): void {
    for (const pod of pods) {
      void pod.stop().then(() => {
        this.#pods.delete(pod.key);
        this.#factory.release(pod.plan);
        this.#onGone();
      });
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.pods.map((pod) => pod.stop({ hurry: true })));
  }

  #ending({ metadata }: Deployment): number {
    return this.pods.filter(({ plan, terminating }) => terminating && isOf(plan, metadata)).length;
  }

  #rolloutPods({ metadata }: Deployment) {
    return this.pods
      .filter(({ plan, terminating }) => !terminating && isOf(plan, metadata))
      .map((pod) => ({
        pod,
        templateHash: pod.plan.templateHash,
        ready: pod.ready,
        createdAt: pod.createdAt,
      }));
  }

  /** Pods whose Deployment is gone. */
  #orphans(deployments: readonly Deployment[]): RunningPod[] {
    return this.pods.filter(
      ({ plan, terminating }) => !terminating && !deployments.some(({ metadata }) => isOf(plan, metadata)),
    );
  }
}

interface NamespacedName {
  readonly name: string;
  readonly namespace: string;
}

function isOf(plan: { deployment: string; namespace: string }, { name, namespace }: NamespacedName): boolean {
  return plan.deployment === name && plan.namespace === namespace;
}
