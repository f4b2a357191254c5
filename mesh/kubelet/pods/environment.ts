import { availableParallelism, totalmem } from 'node:os';
import { quantityOf } from '#mesh/apiserver/kinds/quantity.ts';
import { keySource } from '#mesh/istiod/config/gateway-credentials.ts';
import type {
  Container,
  EnvFrom,
  EnvVar,
  ResourceFieldRef,
} from '#mesh/istiod/config/schema/kubernetes/container.ts';
import type { Resource } from '#mesh/istiod/config/schema/resource.ts';
import type { PodPlan } from '#mesh/kubelet/pods/pod-plan.ts';
import { ownValue } from '#mesh/own-value.ts';

export interface EnvironmentInput {
  readonly container: Container;
  readonly resources: readonly Resource[];
  readonly pod: PodFields;
  /** The variables of the namespace's Services, which references can use. */
  readonly serviceVariables: Readonly<Record<string, string>>;
}

/**
 * A container's variables in Kubernetes' order: Services, `envFrom`, `env`; later ones win. A reference that leads
 * nowhere leaves its variable unset; a pod with such a reference starts only if the reference is optional.
 */
export function environmentOf(input: EnvironmentInput): Readonly<Record<string, string>> {
  const variables = new Map(Object.entries(input.serviceVariables));
  for (const source of input.container.envFrom) {
    for (const [name, value] of allKeys(source, input)) {
      variables.set(name, value);
    }
  }
  for (const variable of input.container.env) {
    const value = valueOfVariable(variable, variables, input);
    if (value !== undefined) {
      variables.set(variable.name, value);
    }
  }
  return Object.fromEntries(variables);
}

function allKeys({ prefix, configMapRef, secretRef }: EnvFrom, { pod, resources }: EnvironmentInput) {
  const name = (secretRef ?? configMapRef)?.name ?? '';
  const kind = secretRef ? 'Secret' : 'ConfigMap';
  const values = keySource({ kind, name, namespace: pod.namespace }, resources) ?? {};
  return Object.entries(values).map(([key, value]) => [`${prefix}${key}`, value] as const);
}

function valueOfVariable(
  { value, valueFrom }: EnvVar,
  defined: ReadonlyMap<string, string>,
  { container, pod, resources }: EnvironmentInput,
): string | undefined {
  if (!valueFrom) {
    return value?.includes('$') ? expand(value, Object.fromEntries(defined)) : (value ?? '');
  }
  if (valueFrom.fieldRef) {
    return fieldValue(valueFrom.fieldRef.fieldPath, pod);
  }
  if (valueFrom.resourceFieldRef) return resourceValue(valueFrom.resourceFieldRef, container);
  const reference = valueFrom.secretKeyRef ?? valueFrom.configMapKeyRef;
  const kind = valueFrom.secretKeyRef ? 'Secret' : 'ConfigMap';
  const values = reference && keySource({ kind, name: reference.name, namespace: pod.namespace }, resources);
  return values && ownValue(values, reference.key);
}

/** What a container's `fieldRef` can ask about its pod. */
export type PodFields = Pick<
  PodPlan,
  'name' | 'namespace' | 'uid' | 'labels' | 'annotations' | 'serviceAccount' | 'address'
>;

/** The value of a downward API field, or undefined for a path that Kubernetes does not know either. */
export function fieldValue(path: string, pod: PodFields): string | undefined {
  if (path === 'metadata.labels') return listed(pod.labels);
  if (path === 'metadata.annotations') return listed(pod.annotations);
  const entry = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(path);
  if (entry) {
    const [, map, key = ''] = entry;
    return ownValue(map === 'labels' ? pod.labels : pod.annotations, key) ?? '';
  }
  return ownValue(plainFields(pod), path);
}

/** As a file has all labels: a line for each, in their order by name. */
function listed(map: Readonly<Record<string, string>>): string {
  const lines = Object.entries(map).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return lines.sort().join('\n');
}

function plainFields(pod: PodFields): Readonly<Record<string, string>> {
  return {
    'metadata.name': pod.name,
    'metadata.namespace': pod.namespace,
    'metadata.uid': pod.uid,
    'spec.nodeName': 'laptop',
    'spec.serviceAccountName': pod.serviceAccount,
    'status.hostIP': '127.0.0.1',
    'status.hostIPs': '127.0.0.1',
    'status.podIP': pod.address,
    'status.podIPs': pod.address,
  };
}

/**
 * What a container asks for or may have at most, in whole divisors, rounded up. Without a limit it may have all that the
 * machine has.
 */
export function resourceValue(
  { resource, divisor }: ResourceFieldRef,
  { resources }: Pick<Container, 'resources'>,
): string {
  const [side = '', name = ''] = resource.split(/\.(.*)/s);
  const own = ownValue(side === 'limits' ? resources.limits : resources.requests, name);
  // A request is by default what the limit is.
  const given = own ?? (side === 'requests' ? ownValue(resources.limits, name) : ofMachine(name)) ?? '0';
  const [amount, unit] = [quantityOf(given) ?? 0n, quantityOf(divisor) ?? 0n];
  const one = quantityOf('1') ?? 1n;
  const parts = unit === 0n ? one : unit;
  return String((amount + parts - 1n) / parts);
}

function ofMachine(name: string): string | undefined {
  if (name === 'cpu') return String(availableParallelism());
  return name === 'memory' ? String(totalmem()) : undefined;
}

/**
 * Replaces `$(NAME)` as Kubernetes does in env values, commands and arguments: `$$` is a dollar sign, and a reference
 * to an unknown name stays as it is (https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/).
 */
export function expand(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$(\$|\(([^()]*)\))/g, (whole, inner: string, name: string | undefined) =>
    inner === '$' ? '$' : (ownValue(variables, name ?? '') ?? whole),
  );
}
