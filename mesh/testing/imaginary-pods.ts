import { z } from 'zod';
import type { DraftObject } from '#mesh/apiserver/object.ts';
import { declaredGatewayPorts } from '#mesh/istiod/config/build/gateways.ts';
import { type GatewayPlacement, selects } from '#mesh/istiod/config/build/input.ts';
import { attach } from '#mesh/istiod/config/gateway-api/attachment.ts';
import { type GatewayApiObjects, nameOf } from '#mesh/istiod/config/gateway-api/objects.ts';
import { listenerPorts } from '#mesh/istiod/config/gateway-api/servers.ts';
import type { ManifestDocument } from '#mesh/istiod/config/load/document.ts';
import { ofKind, type Resource } from '#mesh/istiod/config/schema/resource.ts';
import {
  gatewayLabels,
  gatewayName,
  gatewayNameLabel,
  gatewayNamespace,
} from '#mesh/istiod/model/gateway.ts';
import type { Labels, Pod, PodPort } from '#mesh/istiod/model/pod.ts';
import { isInjected, sidecarContainer } from '#mesh/kubelet/pods/injection.ts';

const labels = z.record(z.string(), z.string()).nullish();
const metadata = z.object({
  name: z.string().optional(),
  namespace: z.string().optional(),
  labels,
  annotations: labels,
});
const port = z.object({ name: z.string().optional(), containerPort: z.number() });
const podSpec = z.object({
  serviceAccountName: z.string().optional(),
  hostNetwork: z.boolean().optional(),
  containers: z.array(z.object({ name: z.string().optional(), ports: z.array(port).nullish() })).min(1),
});
const template = z.object({ metadata: metadata.nullish(), spec: podSpec });
const workload = z.object({
  kind: z.enum(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job']),
  metadata,
  spec: z.object({ replicas: z.number().optional(), template }),
});
const lonePod = z.object({ kind: z.literal('Pod'), metadata, spec: podSpec });

/** More of them would say nothing new. */
const MOST_REPLICAS = 20;
const FIRST_PORT = 20_000;

/** What makes pods: a Deployment, or another kind with a template, or a pod by itself. */
interface Workload {
  readonly name: string;
  readonly namespace: string;
  readonly replicas: number;
  readonly template: z.output<typeof template>;
}

export interface PlacedPods {
  readonly pods: readonly Pod[];
  readonly gateways: readonly GatewayPlacement[];
}

export interface PlaceOptions {
  readonly documents: readonly ManifestDocument[];
  readonly resources: readonly Resource[];
  readonly gatewayApi: GatewayApiObjects;
  /** Of objects that name none. */
  readonly namespace: string;
}

/** Pods that are all ready, on ports that nothing is bound to. */
export function imaginaryPods({ documents, resources, gatewayApi, namespace }: PlaceOptions): PlacedPods {
  let port = FIRST_PORT;
  const nextPort = () => {
    port += 1;
    return port;
  };
  const workloads = documents.flatMap(({ value }) => workloadOf(value, namespace));
  const isGateway = ({ template: { spec } }: Workload) =>
    spec.containers.length === 1 && spec.containers[0]?.name === sidecarContainer;
  const own: GatewayFacts = {
    ...{ name: gatewayName, namespace: gatewayNamespace },
    ...{ labels: gatewayLabels, serviceAccount: `${gatewayName}-service-account` },
  };
  const gateways = [own, ...workloads.filter(isGateway).map(gatewayFacts)];
  return {
    pods: workloads.filter((one) => !isGateway(one)).flatMap((one) => podsOf(one, { resources, nextPort })),
    gateways: [
      ...gateways.map((one) => ({
        ...one,
        workload: one.name,
        ports: Object.fromEntries(
          declaredGatewayPorts(one.labels, { resources }).map((declared) => [declared, nextPort()]),
        ),
      })),
      ...deployedGateways(gatewayApi, nextPort),
    ],
  };
}

/** What Istio would deploy for the Gateways of Gateway API. */
function deployedGateways(objects: GatewayApiObjects, nextPort: () => number): GatewayPlacement[] {
  return attach(objects).gateways.map(({ gateway, listeners }) => {
    const { name: own, namespace = '' } = gateway.metadata;
    const name = `${own}-${gateway.spec.gatewayClassName}`;
    return {
      ...{ name, workload: name, namespace, serviceAccount: name, madeFor: nameOf(gateway) },
      labels: { [gatewayNameLabel]: own },
      ports: Object.fromEntries(listenerPorts(listeners).map((port) => [port, nextPort()])),
    };
  });
}

type GatewayFacts = Pick<GatewayPlacement, 'name' | 'namespace' | 'labels' | 'serviceAccount'>;

function gatewayFacts({ name, namespace, template: { metadata, spec } }: Workload): GatewayFacts {
  const { serviceAccountName = 'default' } = spec;
  return { name, namespace, labels: metadata?.labels ?? {}, serviceAccount: serviceAccountName };
}

function workloadOf(value: unknown, fallback: string): readonly Workload[] {
  const known = workload.safeParse(value);
  if (known.success) {
    const { metadata, spec } = known.data;
    const { name = '', namespace = fallback } = metadata;
    return [{ name, namespace, replicas: spec.replicas ?? 1, template: spec.template }];
  }
  const pod = lonePod.safeParse(value);
  if (!pod.success) return [];
  const { metadata, spec } = pod.data;
  const { name = '', namespace = fallback } = metadata;
  return [{ name, namespace, replicas: 1, template: { metadata, spec } }];
}

interface Surroundings {
  readonly resources: readonly Resource[];
  readonly nextPort: () => number;
}

function podsOf(one: Workload, surroundings: Surroundings): readonly Pod[] {
  const { name, namespace, template } = one;
  const replicas = Math.min(one.replicas, MOST_REPLICAS);
  const sidecar = hasSidecar(one, surroundings.resources);
  return Array.from({ length: replicas }, (_, index) => ({
    ...{ name: `${name}-${index + 1}`, namespace, workload: name, ready: true },
    labels: template.metadata?.labels ?? {},
    serviceAccount: template.spec.serviceAccountName ?? 'default',
    ports: portsOf(one, sidecar, surroundings),
    ...(sidecar && { sidecar: { outboundPort: surroundings.nextPort() } }),
  }));
}

/** A namespace that no manifest describes is taken for one with injection. */
function hasSidecar({ namespace, template }: Workload, resources: readonly Resource[]): boolean {
  const declared = ofKind(resources, 'Namespace').find(({ metadata }) => metadata.name === namespace);
  const { labels, annotations } = template.metadata ?? {};
  const draft = {
    ...{ apiVersion: 'v1', kind: 'Pod', spec: template.spec },
    metadata: { labels: labels ?? {}, annotations: annotations ?? {} },
  };
  return isInjected(draft as DraftObject, declared?.metadata.labels ?? { 'istio-injection': 'enabled' });
}

/** The declared ports, and those that Services lead to. */
function portsOf(one: Workload, sidecar: boolean, { resources, nextPort }: Surroundings): readonly PodPort[] {
  const { containers } = one.template.spec;
  const declared = containers.flatMap(({ ports }) => ports ?? []);
  const known = new Map(declared.map(({ containerPort, name }) => [containerPort, name]));
  for (const number of targetPorts(one, resources)) if (!known.has(number)) known.set(number, undefined);
  return [...known].map(([containerPort, name]) => {
    const appPort = nextPort();
    const inboundPort = sidecar ? nextPort() : appPort;
    return { ...(name !== undefined && { name }), containerPort, appPort, inboundPort };
  });
}

function targetPorts({ namespace, template }: Workload, resources: readonly Resource[]): readonly number[] {
  const own: Labels = template.metadata?.labels ?? {};
  return ofKind(resources, 'Service')
    .filter(({ metadata, spec }) => metadata.namespace === namespace && isSelector(spec.selector, own))
    .flatMap(({ spec }) => spec.ports)
    .map(({ port: number, targetPort }) => targetPort ?? number)
    .filter((target) => typeof target === 'number');
}

function isSelector(selector: Labels, own: Labels): boolean {
  return Object.keys(selector).length > 0 && selects(selector, own);
}
