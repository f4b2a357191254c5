import { persistentVolumeClaims, persistentVolumes, storageClasses } from '#mesh/apiserver/kinds/claims.ts';
import { configMaps, secrets } from '#mesh/apiserver/kinds/configuration.ts';
import { cronJobs } from '#mesh/apiserver/kinds/cron-jobs.ts';
import { definitions } from '#mesh/apiserver/kinds/definitions.ts';
import { Field, type FieldRules } from '#mesh/apiserver/kinds/field.ts';
import { jobs } from '#mesh/apiserver/kinds/jobs.ts';
import type { KindRules } from '#mesh/apiserver/kinds/kinds.ts';
import { events, namespaces, serviceAccounts } from '#mesh/apiserver/kinds/namespaces.ts';
import { ingressClasses, ingresses, networkPolicies } from '#mesh/apiserver/kinds/networking.ts';
import { pods, podTemplates } from '#mesh/apiserver/kinds/pods.ts';
import {
  horizontalPodAutoscalers,
  leases,
  limitRanges,
  podDisruptionBudgets,
  priorityClasses,
  resourceQuotas,
} from '#mesh/apiserver/kinds/policies.ts';
import { clusterRoleBindings, clusterRoles, roleBindings, roles } from '#mesh/apiserver/kinds/roles.ts';
import type { ServiceAddresses } from '#mesh/apiserver/kinds/service-allocation.ts';
import { serviceRules } from '#mesh/apiserver/kinds/services.ts';
import {
  controllerRevisions,
  daemonSets,
  deployments,
  replicaSets,
  replicationControllers,
  statefulSets,
} from '#mesh/apiserver/kinds/workloads.ts';

export interface BuiltInRulesOptions {
  readonly addresses: ServiceAddresses;
}

/** What Kubernetes' own code demands of its kinds, by resource: for `Kinds`. */
export function builtInRules({ addresses }: BuiltInRulesOptions): ReadonlyMap<string, KindRules> {
  const rules: readonly (readonly [string, FieldRules])[] = [
    ['configmaps', configMaps],
    ['events', events],
    ['limitranges', limitRanges],
    ['namespaces', namespaces],
    ['persistentvolumeclaims', persistentVolumeClaims],
    ['persistentvolumes', persistentVolumes],
    ['pods', pods],
    ['podtemplates', podTemplates],
    ['replicationcontrollers', replicationControllers],
    ['resourcequotas', resourceQuotas],
    ['secrets', secrets],
    ['serviceaccounts', serviceAccounts],
    ['services', serviceRules(addresses)],
    ['customresourcedefinitions.apiextensions.k8s.io', definitions],
    ['controllerrevisions.apps', controllerRevisions],
    ['daemonsets.apps', daemonSets],
    ['deployments.apps', deployments],
    ['replicasets.apps', replicaSets],
    ['statefulsets.apps', statefulSets],
    ['horizontalpodautoscalers.autoscaling', horizontalPodAutoscalers],
    ['cronjobs.batch', cronJobs],
    ['jobs.batch', jobs],
    ['leases.coordination.k8s.io', leases],
    ['ingressclasses.networking.k8s.io', ingressClasses],
    ['ingresses.networking.k8s.io', ingresses],
    ['networkpolicies.networking.k8s.io', networkPolicies],
    ['poddisruptionbudgets.policy', podDisruptionBudgets],
    ['clusterrolebindings.rbac.authorization.k8s.io', clusterRoleBindings],
    ['clusterroles.rbac.authorization.k8s.io', clusterRoles],
    ['rolebindings.rbac.authorization.k8s.io', roleBindings],
    ['roles.rbac.authorization.k8s.io', roles],
    ['priorityclasses.scheduling.k8s.io', priorityClasses],
    ['storageclasses.storage.k8s.io', storageClasses],
  ];
  return new Map(rules.map(([resource, own]) => [resource, asKindRules(own)]));
}

function asKindRules({ defaulted, check, warnings }: FieldRules): KindRules {
  return {
    ...(defaulted && { defaulted }),
    causes(object, before) {
      const field = Field.of(object);
      check?.(field, before && Field.of(before));
      return field.causes;
    },
    ...(warnings && { warnings: (object) => warnings(Field.of(object)) }),
  };
}
