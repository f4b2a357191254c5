import { randomUUID } from 'node:crypto';
import { clusterIpOf } from '#mesh/model/build/cluster-ip.ts';
import { selects } from '#mesh/model/build/endpoints.ts';
import { serviceHost } from '#mesh/model/build/hosts.ts';
import type { PodPort, Sidecar } from '#mesh/model/pod.ts';
import type { Programs } from '#mesh/run/binary/programs.ts';
import { commandOf } from '#mesh/run/pods/container-command.ts';
import { type ProbeKind, probesOf, timingOf } from '#mesh/run/pods/container-probes.ts';
import { environmentOf } from '#mesh/run/pods/environment.ts';
import { findImage, type ImageTable } from '#mesh/run/pods/images.ts';
import { podName } from '#mesh/run/pods/names.ts';
import { checkOf, localPort } from '#mesh/run/pods/plan-check.ts';
import { planPreStop } from '#mesh/run/pods/plan-pre-stop.ts';
import type { ContainerPlan, PodPlan } from '#mesh/run/pods/pod-plan.ts';
import { type RunnerVariablesInput, runnerVariables } from '#mesh/run/pods/runner-variables.ts';
import { serviceVariables } from '#mesh/run/pods/service-variables.ts';
import { claimNames, volumeMap } from '#mesh/run/pods/volume-map.ts';
import type { Container } from '#mesh/schema/kubernetes/container.ts';
import type { Probe } from '#mesh/schema/kubernetes/probe.ts';
import { type Deployment, ofKind, type Resource } from '#mesh/schema/resource.ts';

/** A Kubernetes grace period is meant for load balancers far away; a person at a laptop waits for `down`. */
const longestGrace = 10_000;

export interface PlanInput {
  readonly deployment: Deployment;
  readonly templateHash: string;
  readonly suffix: string;
  readonly address: string;
  readonly resources: readonly Resource[];
  readonly images: ImageTable;
  readonly programs?: Pick<Programs, 'pathOf'>;
  /** Where the folders of claims are; absent where no pod has any. */
  readonly volumes?: string;
  readonly ports: readonly PodPort[];
  readonly sidecar?: Sidecar;
  readonly outboundPort: number;
  /** See `hostMap`; empty for none. */
  readonly hostMap?: string;
  readonly host: NodeJS.ProcessEnv;
  readonly trust?: RunnerVariablesInput['trust'];
  readonly zipkinUrl?: string;
  /** For programs and Envoys that draw faults. */
  readonly seed?: number;
}

/** Everything about a pod before it starts, from its Deployment's template and the ports leased for it. */
export function planPod(input: PlanInput): PodPlan {
  const { deployment, templateHash, ports, sidecar } = input;
  const { metadata, spec } = deployment.spec.template;
  const pod = {
    name: podName(deployment, templateHash, input.suffix),
    namespace: deployment.metadata.namespace,
    uid: randomUUID(),
    labels: { ...metadata.labels, 'pod-template-hash': templateHash },
    annotations: metadata.annotations,
    serviceAccount: spec.serviceAccountName ?? spec.serviceAccount ?? 'default',
    address: input.address,
  };
  return {
    ...pod,
    deployment: deployment.metadata.name,
    templateHash,
    ports,
    ...(sidecar && { sidecar }),
    containers: spec.containers.map((container) => planContainer(container, pod, input)),
    claims: claimNames(deployment),
    grace: Math.min(spec.terminationGracePeriodSeconds * 1000, longestGrace),
  };
}

type PodFacts = Pick<
  PodPlan,
  'name' | 'namespace' | 'uid' | 'labels' | 'annotations' | 'serviceAccount' | 'address'
>;

function planContainer(container: Container, pod: PodFacts, input: PlanInput): ContainerPlan {
  const env = containerEnvironment(container, pod, input);
  const command = commandOf({ container, images: input.images, env });
  if (!command) {
    throw new Error(`no program for the image ${container.image}, which an apply must have refused`);
  }
  const declared = Object.entries(probesOf(container)) as [ProbeKind, Probe][];
  const context = { container, command: { ...command, env }, ports: input.ports };
  return {
    name: container.name,
    image: container.image,
    command: context.command,
    probes: Object.fromEntries(
      declared.map(([kind, probe]) => [kind, { timing: timingOf(probe), check: checkOf(probe, context) }]),
    ),
    ...planPreStop(container.lifecycle, context),
    ports: container.ports.flatMap(({ containerPort }) => localPort(containerPort, context) ?? []),
  };
}

function containerEnvironment(container: Container, pod: PodFacts, input: PlanInput): Record<string, string> {
  const { resources, host, ports, outboundPort, hostMap, trust, zipkinUrl, seed, deployment, volumes } =
    input;
  const mounted = volumes === undefined ? '' : volumeMap({ container, deployment, volumes });
  const links = deployment.spec.template.spec.enableServiceLinks ? linksOf(pod.namespace, resources) : {};
  return {
    ...runnerVariables({
      ...{ host, podName: pod.name, ports, outboundPort },
      ...(hostMap && { hostMap }),
      ...(trust && { trust }),
      ...(zipkinUrl && { zipkinUrl }),
    }),
    ...imageVariables(container, input),
    ...(mounted && { VOLUME_MAP: mounted }),
    ...(seed === undefined ? {} : { RAND_SEED: String(seed) }),
    ...environmentOf({ container, resources, pod, serviceVariables: links }),
  };
}

/** What the image itself sets, and where its programs are. */
function imageVariables({ image }: Container, { images, programs, host }: PlanInput): Record<string, string> {
  const { env, path, program } = findImage(images, image) ?? {};
  const file = program && programs?.pathOf(program);
  const searched = path && [path, host['PATH']].filter(Boolean).join(':');
  return { ...(searched && { PATH: searched }), ...env, ...(file && { PROGRAM: file }) };
}

function linksOf(namespace: string, resources: readonly Resource[]): Record<string, string> {
  const services = ofKind(resources, 'Service').filter(({ metadata }) => metadata.namespace === namespace);
  return serviceVariables(
    services.map(({ metadata: { name }, spec }) => ({
      name,
      clusterIP: spec.clusterIP ?? clusterIpOf(serviceHost(name, namespace)),
      ports: spec.ports.map(({ port, name: portName = '', protocol }) => ({
        number: port,
        name: portName,
        protocol,
      })),
    })),
  );
}

/** The ports that a pod needs: declared ones, and those that Services and probes name by number only. */
export function neededPorts(
  deployment: Deployment,
  resources: readonly Resource[],
): { port: number; name?: string }[] {
  const { metadata, spec } = deployment.spec.template;
  const needed = new Map<number, string | undefined>();
  for (const { containerPort, name, protocol } of spec.containers.flatMap(({ ports }) => ports)) {
    if (protocol === 'TCP') {
      needed.set(containerPort, name);
    }
  }
  const probed = spec.containers.flatMap((container) => Object.values(probesOf(container)));
  const targets = ofKind(resources, 'Service')
    .filter((service) => service.metadata.namespace === deployment.metadata.namespace)
    .filter(
      ({ spec: { selector } }) => Object.keys(selector).length > 0 && selects(selector, metadata.labels),
    )
    .flatMap((service) => service.spec.ports.map(({ targetPort, port }) => targetPort ?? port));
  for (const port of [...targets, ...probed.map(({ httpGet, tcpSocket }) => (httpGet ?? tcpSocket)?.port)]) {
    if (typeof port === 'number' && !needed.has(port)) {
      needed.set(port, undefined);
    }
  }
  return [...needed].map(([port, name]) => (name === undefined ? { port } : { port, name }));
}
