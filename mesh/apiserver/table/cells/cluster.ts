import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import {
  type Cell,
  type CellsOfKinds,
  conditionOf,
  count,
  fieldAt,
  humanDuration,
  listAt,
  none,
  numberAt,
  since,
  text,
  textAt,
  unset,
} from '#mesh/apiserver/table/cell.ts';

export const cluster: CellsOfKinds = {
  nodes: {
    Status: nodeStatus,
    Roles: nodeRoles,
    Version: text('status.nodeInfo.kubeletVersion'),
    'Internal-IP': address('InternalIP'),
    'External-IP': address('ExternalIP'),
    'OS-Image': text('status.nodeInfo.osImage', '<unknown>'),
    'Kernel-Version': text('status.nodeInfo.kernelVersion', '<unknown>'),
    'Container-Runtime': text('status.nodeInfo.containerRuntimeVersion', '<unknown>'),
  },
  componentstatuses: {
    Status: (component) => {
      const healthy = health(component);
      if (healthy === undefined) return 'Unknown';
      return textAt(healthy, 'status') === 'True' ? 'Healthy' : 'Unhealthy';
    },
    Message: (component) => textAt(health(component), 'message'),
    Error: (component) => textAt(health(component), 'error'),
  },
  'certificatesigningrequests.certificates.k8s.io': {
    SignerName: text('spec.signerName', none),
    Requestor: text('spec.username'),
    RequestedDuration: (request) => {
      const seconds = fieldAt(request, 'spec', 'expirationSeconds');
      return seconds === undefined
        ? none
        : humanDuration(numberAt(request, 'spec', 'expirationSeconds') * 1000);
    },
    Condition: signingState,
  },
  'runtimeclasses.node.k8s.io': { Handler: text('handler') },
};

function nodeStatus(node: KubernetesObject): string {
  const ready = conditionOf(node, 'Ready');
  const status = ready === undefined ? 'Unknown' : textAt(ready, 'status') === 'True' ? 'Ready' : 'NotReady';
  return fieldAt(node, 'spec', 'unschedulable') === true ? `${status},SchedulingDisabled` : status;
}

function nodeRoles({ metadata }: KubernetesObject): string {
  const prefix = 'node-role.kubernetes.io/';
  const roles = Object.entries(metadata.labels ?? {}).flatMap(([label, value]) => {
    if (label.startsWith(prefix)) return label.slice(prefix.length) || [];
    return label === 'kubernetes.io/role' && value ? value : [];
  });
  return [...new Set(roles)].sort().join(',') || none;
}

function address(type: string): Cell {
  return (node) => {
    const found = listAt(node, 'status', 'addresses').find((each) => textAt(each, 'type') === type);
    return textAt(found, 'address') || none;
  };
}

function health(component: KubernetesObject): unknown {
  return listAt(component, 'conditions').find((condition) => textAt(condition, 'type') === 'Healthy');
}

function signingState(request: KubernetesObject): string {
  const has = (type: string) => conditionOf(request, type) !== undefined;
  const decision = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending';
  const issued = textAt(request, 'status', 'certificate') !== '';
  return `${decision}${has('Failed') ? ',Failed' : ''}${issued ? ',Issued' : ''}`;
}

function subjects(kind: string): Cell {
  return (binding) =>
    listAt(binding, 'subjects')
      .filter((subject) => textAt(subject, 'kind') === kind)
      .map((subject) => {
        const name = textAt(subject, 'name');
        return kind === 'ServiceAccount' ? `${textAt(subject, 'namespace')}/${name}` : name;
      })
      .join(', ');
}

const binding: Readonly<Record<string, Cell>> = {
  Role: (object) => `${textAt(object, 'roleRef', 'kind')}/${textAt(object, 'roleRef', 'name')}`,
  Users: subjects('User'),
  Groups: subjects('Group'),
  ServiceAccounts: subjects('ServiceAccount'),
};

export const rbac: CellsOfKinds = {
  'rolebindings.rbac.authorization.k8s.io': binding,
  'clusterrolebindings.rbac.authorization.k8s.io': binding,
};

const paramKind: Cell = (policy) => {
  const kind = fieldAt(policy, 'spec', 'paramKind');
  return kind === undefined ? unset : `${textAt(kind, 'apiVersion')}/${textAt(kind, 'kind')}`;
};

const policyBinding: Readonly<Record<string, Cell>> = {
  PolicyName: text('spec.policyName'),
  ParamRef: (object) => {
    const reference = fieldAt(object, 'spec', 'paramRef');
    if (reference === undefined) return unset;
    const namespace = textAt(reference, 'namespace');
    // A policyBinding may select its parameters by labels instead of a name.
    const name = textAt(reference, 'name') || '*';
    return namespace ? `${namespace}/${name}` : name;
  },
};

const webhooks: Readonly<Record<string, Cell>> = { Webhooks: count('webhooks') };

export const admission: CellsOfKinds = {
  'mutatingwebhookconfigurations.admissionregistration.k8s.io': webhooks,
  'validatingwebhookconfigurations.admissionregistration.k8s.io': webhooks,
  'validatingadmissionpolicies.admissionregistration.k8s.io': {
    Validations: count('spec.validations'),
    ParamKind: paramKind,
  },
  'validatingadmissionpolicybindings.admissionregistration.k8s.io': policyBinding,
  'mutatingadmissionpolicies.admissionregistration.k8s.io': {
    Mutations: count('spec.mutations'),
    ParamKind: paramKind,
  },
  'mutatingadmissionpolicybindings.admissionregistration.k8s.io': policyBinding,
};

export const config: CellsOfKinds = {
  configmaps: { Data: count('data', 'binaryData') },
  secrets: { Type: text('type'), Data: count('data') },
  namespaces: { Status: text('status.phase') },
  'leases.coordination.k8s.io': { Holder: text('spec.holderIdentity') },
};

const first = (event: KubernetesObject) => textAt(event, 'firstTimestamp') || textAt(event, 'eventTime');
const last = (event: KubernetesObject) =>
  textAt(event, 'series', 'lastObservedTime') || textAt(event, 'lastTimestamp') || first(event);

const cells: Readonly<Record<string, Cell>> = {
  'Last Seen': (event, now) => since(last(event), now),
  Type: text('type'),
  Reason: text('reason'),
  Object: (event) => {
    const kind = textAt(event, 'involvedObject', 'kind').toLowerCase();
    const name = textAt(event, 'involvedObject', 'name');
    return name ? `${kind}/${name}` : kind;
  },
  Subobject: text('involvedObject.fieldPath'),
  Source: (event) => {
    const component = textAt(event, 'source', 'component') || textAt(event, 'reportingComponent');
    const instance = textAt(event, 'source', 'host') || textAt(event, 'reportingInstance');
    return instance ? `${component}, ${instance}` : component;
  },
  Message: (event) => textAt(event, 'message').trim(),
  'First Seen': (event, now) => since(first(event), now),
  Count: (event) =>
    fieldAt(event, 'series') === undefined
      ? numberAt(event, 'count') || 1
      : numberAt(event, 'series', 'count'),
};

export const events: CellsOfKinds = { events: cells };
