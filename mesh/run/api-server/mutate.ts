import { forbidden } from '#mesh/apiserver/api-error.ts';
import type { DraftObject } from '#mesh/apiserver/object.ts';
import type { ResourceType } from '#mesh/apiserver/resource-type.ts';
import type { Store } from '#mesh/apiserver/store/store.ts';
import { isInjected, withSidecar } from '#mesh/kubelet/pods/injection.ts';

type Fields = Readonly<Record<string, unknown>>;

export const nodeName = 'laptop';

/** What becomes of a new object before it is checked: pods are assigned to the only node, and injected with a sidecar. */
export function mutation(store: Store): (draft: DraftObject, type: ResourceType) => DraftObject {
  return (draft, type) => {
    if (type.kind !== 'Pod' || type.group !== '') return draft;
    const pod = mutatedPod(draft, store);
    checkServiceAccount(pod, { type, store });
    return pod;
  };
}

function mutatedPod(draft: DraftObject, store: Store): DraftObject {
  const spec = (draft['spec'] ?? {}) as Fields;
  const assigned = {
    ...draft,
    spec: {
      nodeName,
      serviceAccountName: 'default',
      serviceAccount: spec['serviceAccountName'] ?? 'default',
      ...spec,
      ...priorityOf(spec, store),
      tolerations: withUsualTolerations(spec['tolerations']),
    },
  };
  const namespace = store.get('namespaces', { name: draft.metadata.namespace ?? '' });
  return isInjected(assigned, namespace?.metadata.labels ?? {}) ? withSidecar(assigned) : assigned;
}

/** That of the pod's class, of the default class, or none; what the pod itself says is overwritten, as in a cluster. */
function priorityOf(spec: Fields, store: Store): Fields {
  const classes = store.list('priorityclasses.scheduling.k8s.io');
  const { priorityClassName: name } = spec;
  const own = name
    ? classes.find(({ metadata }) => metadata.name === name)
    : classes.find((each) => each['globalDefault'] === true);
  const { value = 0, preemptionPolicy = 'PreemptLowerPriority' }: Fields = own ?? {};
  return { priority: value, preemptionPolicy, ...(own && { priorityClassName: own.metadata.name }) };
}

/** How long a pod stays on a node that is not to be reached, unless it says so itself. Seconds. */
const tolerationSeconds = 300;

function withUsualTolerations(given: unknown): readonly unknown[] {
  const all = (Array.isArray(given) ? given : []) as readonly Fields[];
  const usual = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].filter(
    (taint) => !all.some(({ key, effect }) => (!key || key === taint) && (!effect || effect === 'NoExecute')),
  );
  return [
    ...all,
    ...usual.map((key) => ({ effect: 'NoExecute', key, operator: 'Exists', tolerationSeconds })),
  ];
}

/**
 * As in a cluster, no pod is made before its service account; its controller tries again. The account `default` comes
 * with the namespace by itself.
 *
 * @throws ApiError 403
 */
function checkServiceAccount(
  { metadata: { name = '', namespace = '' }, ...pod }: DraftObject,
  { type, store }: { readonly type: ResourceType; readonly store: Store },
): void {
  const { serviceAccountName: account } = pod['spec'] as { readonly serviceAccountName?: unknown };
  if (typeof account !== 'string' || account === 'default' || account === '') return;
  if (store.get('serviceaccounts', { namespace, name: account })) return;
  const why = `error looking up service account ${namespace}/${account}: serviceaccount ${JSON.stringify(account)} not found`;
  throw forbidden(type, name, why);
}
