import { expand } from '#mesh/run/pods/expand.ts';
import { fieldValue, type PodFields } from '#mesh/run/pods/field-reference.ts';
import { keySource } from '#mesh/run/pods/key-source.ts';
import type { Container } from '#mesh/schema/kubernetes/container.ts';
import type { EnvFrom, EnvVar } from '#mesh/schema/kubernetes/environment.ts';
import type { Resource } from '#mesh/schema/resource.ts';

export interface EnvironmentInput {
  readonly container: Container;
  readonly resources: readonly Resource[];
  readonly pod: PodFields;
  /** The variables of the namespace's Services, which references can use. */
  readonly serviceVariables: Readonly<Record<string, string>>;
}

/**
 * A container's variables in Kubernetes' order: Services, `envFrom`, `env`; later ones win. A reference that leads
 * nowhere leaves its variable unset: the analysis has refused those that are not optional.
 */
export function environmentOf(input: EnvironmentInput): Readonly<Record<string, string>> {
  const variables: Record<string, string> = {};
  for (const source of input.container.envFrom) {
    Object.assign(variables, allKeys(source, input));
  }
  for (const variable of input.container.env) {
    const value = valueOfVariable(variable, { ...input.serviceVariables, ...variables }, input);
    if (value !== undefined) {
      variables[variable.name] = value;
    }
  }
  return { ...input.serviceVariables, ...variables };
}

function allKeys({ prefix, configMapRef, secretRef }: EnvFrom, { pod, resources }: EnvironmentInput) {
  const name = (secretRef ?? configMapRef)?.name ?? '';
  const kind = secretRef ? 'Secret' : 'ConfigMap';
  const values = keySource({ kind, name, namespace: pod.namespace }, resources) ?? {};
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [`${prefix}${key}`, value]));
}

function valueOfVariable(
  { value, valueFrom }: EnvVar,
  defined: Readonly<Record<string, string>>,
  { pod, resources }: EnvironmentInput,
): string | undefined {
  if (!valueFrom) {
    return expand(value ?? '', defined);
  }
  if (valueFrom.fieldRef) {
    return fieldValue(valueFrom.fieldRef.fieldPath, pod);
  }
  const reference = valueFrom.secretKeyRef ?? valueFrom.configMapKeyRef;
  const kind = valueFrom.secretKeyRef ? 'Secret' : 'ConfigMap';
  return (
    reference &&
    keySource({ kind, name: reference.name, namespace: pod.namespace }, resources)?.[reference.key]
  );
}
