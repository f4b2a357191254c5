import { isIPv6 } from 'node:net';
import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import {
  type Cell,
  type CellsOfKinds,
  fieldAt,
  flag,
  formatLabels,
  formatSelector,
  listAt,
  mapAt,
  none,
  number,
  numberAt,
  shortened,
  text,
  textAt,
  unset,
} from '#mesh/apiserver/table/cell.ts';

export const networking: CellsOfKinds = {
  'ingresses.networking.k8s.io': {
    Class: text('spec.ingressClassName', none),
    Hosts: (ingress) => {
      const hosts = listAt(ingress, 'spec', 'rules').map((rule) => textAt(rule, 'host'));
      return shortened(hosts.filter(Boolean), { most: 3, empty: '*' });
    },
    Address: (ingress) => loadBalancerAddresses(ingress).join(','),
    Ports: (ingress) => (listAt(ingress, 'spec', 'tls').length > 0 ? '80, 443' : '80'),
  },
  'ingressclasses.networking.k8s.io': {
    Controller: text('spec.controller'),
    Parameters: (ingressClass) => {
      const parameters = fieldAt(ingressClass, 'spec', 'parameters');
      if (parameters === undefined) return none;
      const group = textAt(parameters, 'apiGroup');
      return `${textAt(parameters, 'kind')}${group && `.${group}`}/${textAt(parameters, 'name')}`;
    },
  },
  'networkpolicies.networking.k8s.io': {
    'Pod-Selector': (policy) => formatSelector(fieldAt(policy, 'spec', 'podSelector')),
  },
  'ipaddresses.networking.k8s.io': {
    ParentRef: (address) => {
      const parent = fieldAt(address, 'spec', 'parentRef');
      if (parent === undefined) return none;
      const group = textAt(parent, 'group');
      const resource = `${textAt(parent, 'resource')}${group && `.${group}`}`.toLowerCase();
      return [resource, textAt(parent, 'namespace'), textAt(parent, 'name')].filter(Boolean).join('/');
    },
  },
  'servicecidrs.networking.k8s.io': {
    CIDRs: (range) => listAt(range, 'spec', 'cidrs').join(','),
  },
};

export const services: CellsOfKinds = {
  services: {
    Type: text('spec.type'),
    'Cluster-IP': (service) =>
      String(listAt(service, 'spec', 'clusterIPs')[0] ?? '') || textAt(service, 'spec', 'clusterIP') || none,
    'External-IP': externalIp,
    'Port(s)': servicePorts,
    Selector: (service) => formatLabels(mapAt(service, 'spec', 'selector')),
  },
  endpoints: { Endpoints: endpointAddresses },
  'endpointslices.discovery.k8s.io': {
    AddressType: text('addressType'),
    Ports: (slice) => shortened(listAt(slice, 'ports').map(slicePort), { most: 3, empty: unset }),
    Endpoints: (slice) => {
      const addresses = listAt(slice, 'endpoints').flatMap((each) => listAt(each, 'addresses').map(String));
      return shortened(addresses, { most: 3, empty: unset });
    },
  },
};

const slicePort = (port: unknown) => textAt(port, 'port') || textAt(port, 'name') || '*';

/** The addresses of a load balancer's status, each once, in order. */
function loadBalancerAddresses(object: KubernetesObject): readonly string[] {
  const found = listAt(object, 'status', 'loadBalancer', 'ingress').map(
    (entry) => textAt(entry, 'ip') || textAt(entry, 'hostname'),
  );
  return [...new Set(found.filter(Boolean))].sort();
}

function externalIp(service: KubernetesObject): string {
  const declared = listAt(service, 'spec', 'externalIPs').map(String);
  switch (textAt(service, 'spec', 'type')) {
    case 'ClusterIP':
    case 'NodePort':
      return declared.join(',') || none;
    case 'LoadBalancer':
      return [...loadBalancerAddresses(service), ...declared].join(',') || '<pending>';
    case 'ExternalName':
      return textAt(service, 'spec', 'externalName');
    default:
      return '<unknown>';
  }
}

/** `80:31234/TCP,443/TCP` */
function servicePorts(service: KubernetesObject): string {
  const ports = listAt(service, 'spec', 'ports').map((port) => {
    const nodePort = numberAt(port, 'nodePort');
    return `${textAt(port, 'port')}${nodePort > 0 ? `:${nodePort}` : ''}/${textAt(port, 'protocol')}`;
  });
  return ports.join(',') || none;
}

/** `10.0.0.1:80,10.0.0.2:80 + 2 more...`: port by port, as the subsets list them. */
function endpointAddresses(endpoints: KubernetesObject): string {
  const all = listAt(endpoints, 'subsets').flatMap((subset) => {
    const addresses = listAt(subset, 'addresses').map((address) => textAt(address, 'ip'));
    const ports = listAt(subset, 'ports').map((port) => textAt(port, 'port'));
    if (ports.length === 0) return addresses;
    return ports.flatMap((port) =>
      addresses.map((address) => `${isIPv6(address) ? `[${address}]` : address}:${port}`),
    );
  });
  const empty = listAt(endpoints, 'subsets').length === 0 ? none : '';
  return shortened(all, { most: 3, empty });
}

export const policies: CellsOfKinds = {
  'poddisruptionbudgets.policy': {
    'Min Available': text('spec.minAvailable', 'N/A'),
    'Max Unavailable': text('spec.maxUnavailable', 'N/A'),
    'Allowed Disruptions': number('status.disruptionsAllowed'),
  },
  resourcequotas: {
    Request: quota((resource) => !resource.startsWith('limits.')),
    Limit: quota((resource) => resource.startsWith('limits.')),
  },
  'priorityclasses.scheduling.k8s.io': {
    Value: number('value'),
    'Global-Default': flag('globalDefault'),
    PreemptionPolicy: text('preemptionPolicy'),
  },
};

/** `pods: 3/10, requests.cpu: 1/2`: what is used of what may be. */
function quota(isShown: (resource: string) => boolean): Cell {
  return (object) => {
    const used = mapAt(object, 'status', 'used');
    return [...mapAt(object, 'status', 'hard')]
      .filter(([resource]) => isShown(resource))
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([resource, hard]) => `${resource}: ${used.get(resource) ?? '0'}/${hard}`)
      .join(', ');
  };
}
