import { isIP } from 'node:net';
import { checkPort, checkPortNumber } from '#mesh/apiserver/kinds/container-probes.ts';
import type { Field, FieldRules } from '#mesh/apiserver/kinds/field.ts';
import { dnsLabel, dnsSubdomain, qualifiedName } from '#mesh/apiserver/kinds/names.ts';
import { checkLabels } from '#mesh/apiserver/kinds/object-metadata.ts';
import {
  nodePortRange,
  type ServiceAddresses,
  takenNodePorts,
  withAddresses,
} from '#mesh/apiserver/kinds/service-allocation.ts';
import { hasFormat } from '#mesh/apiserver/validation/scalars.ts';

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const longestAffinity = 86_400;

export function serviceRules(addresses: ServiceAddresses): FieldRules {
  return {
    defaulted: (service, before) => ({
      ...withAddresses(service, before, addresses),
      status: service['status'] ?? { loadBalancer: {} },
    }),
    check(service, before) {
      checkService(service.at('spec'));
      checkAllocated(service, addresses);
      if (before) checkUpdate(service.at('spec'), before.at('spec'));
    },
    warnings(service) {
      const [spec, type] = [service.at('spec'), service.at('spec', 'type').text];
      return [
        ...(!spec.at('externalIPs').isEmpty && type === 'ExternalName'
          ? ['spec.externalIPs is ignored when spec.type is "ExternalName"']
          : []),
        ...(!spec.at('externalName').isEmpty && type !== 'ExternalName'
          ? ['spec.externalName is ignored when spec.type is not "ExternalName"']
          : []),
      ];
    },
  };
}

function isHeadless(spec: Field): boolean {
  return spec.at('clusterIPs').strings[0] === 'None' || spec.at('clusterIP').text === 'None';
}

function checkService(spec: Field): void {
  const type = spec.at('type');
  const ports = spec.at('ports');
  if (ports.isEmpty && !isHeadless(spec) && type.text !== 'ExternalName') ports.required();
  type.oneOf(types);
  if (type.text === 'ExternalName') checkExternalName(spec);
  else checkAddresses(spec);
  if (isHeadless(spec) && (type.text === 'LoadBalancer' || type.text === 'NodePort')) {
    spec.at('clusterIPs').elements[0]?.invalid(`may not be set to 'None' for ${type.text} services`);
  }
  checkPorts(spec);
  checkLabels(spec.at('selector'));
  checkAffinity(spec);
  for (const address of spec.at('externalIPs').elements) {
    checkAddress(address);
    if (/^(127\.|::1$)/.test(address.text))
      address.invalid('may not be in the loopback range (127.0.0.0/8, ::1/128)');
  }
  checkForLoadBalancers(spec);
  checkTraffic(spec);
}

function checkExternalName(spec: Field): void {
  for (const name of ['clusterIPs', 'ipFamilies', 'ipFamilyPolicy'])
    if (!spec.at(name).isEmpty) spec.at(name).forbidden('may not be set for ExternalName services');
  const name = spec.at('externalName');
  const host = name.text.replace(/\.$/, '');
  if (host === '') name.required();
  else name.refuse(dnsSubdomain(host), host);
}

function checkPorts(spec: Field): void {
  const ports = spec.at('ports').elements;
  const seen = { names: new Set<string>(), ports: new Set<string>(), onNode: new Set<string>() };
  for (const port of ports) {
    const [name, number, onNode] = [port.at('name'), port.at('port'), port.at('nodePort')];
    if (ports.length > 1 && name.isEmpty) name.required();
    name.whenNamed(dnsLabel);
    if (!name.isEmpty && seen.names.has(name.text)) name.duplicate();
    seen.names.add(name.text);
    checkPortNumber(number);
    port.at('protocol').oneOf(['SCTP', 'TCP', 'UDP']);
    if (!port.at('targetPort').isEmpty) checkPort(port.at('targetPort'));
    port.at('appProtocol').whenNamed(qualifiedName);
    if (!onNode.isEmpty && spec.at('type').text === 'ClusterIP')
      onNode.forbidden("may not be used when `type` is 'ClusterIP'");
    const protocol = port.at('protocol').text || 'TCP';
    const key = `${protocol} ${number.value}`;
    if (seen.ports.has(key)) port.duplicate({ protocol, port: number.value });
    seen.ports.add(key);
    const nodeKey = `${protocol} ${onNode.value}`;
    if (!onNode.isEmpty && seen.onNode.has(nodeKey)) onNode.duplicate();
    seen.onNode.add(nodeKey);
  }
}

function checkAffinity(spec: Field): void {
  const [affinity, config] = [spec.at('sessionAffinity'), spec.at('sessionAffinityConfig')];
  affinity.oneOf(['ClientIP', 'None']);
  if (affinity.text === 'None' && config.isSet)
    config.forbidden('must not be set when session affinity is None');
  const timeout = config.at('clientIP', 'timeoutSeconds');
  if (affinity.text !== 'ClientIP' || timeout.number === undefined) return;
  if (timeout.number <= 0 || timeout.number > longestAffinity)
    timeout.invalid(`must be greater than 0 and less than ${longestAffinity}`);
}

function checkAddresses(spec: Field): void {
  const [one, all] = [spec.at('clusterIP'), spec.at('clusterIPs')];
  const values = all.strings;
  if (!one.isEmpty && values[0] !== one.text) all.invalid('first value must match `clusterIP`');
  if (values[0] === 'None') {
    if (values.length > 1) all.invalid("'None' must be the first and only value");
  } else for (const address of all.elements) checkAddress(address);
  if (values.length > 2) all.invalid('may only hold up to 2 values');
  else if (values.length === 2 && isIP(values[0] ?? '') === isIP(values[1] ?? ''))
    all.invalid('may specify no more than one IP for each IP family');
  checkFamilies(spec);
}

/** The laptop has IPv4 alone, as a cluster that is not configured for both. */
function checkFamilies(spec: Field): void {
  const [families, policy] = [spec.at('ipFamilies'), spec.at('ipFamilyPolicy')];
  const seen = new Set<string>();
  const open = isHeadless(spec) && spec.at('selector').keys.length === 0;
  for (const family of families.elements) {
    family.oneOf(['IPv4', 'IPv6']);
    if (seen.has(family.text)) family.duplicate();
    seen.add(family.text);
    if (family.text === 'IPv6' && !open) family.invalid('not configured on this cluster');
  }
  policy.oneOf(['PreferDualStack', 'RequireDualStack', 'SingleStack']);
  if (policy.text === 'RequireDualStack' && !open)
    policy.invalid('this cluster is not configured for dual-stack services');
}

function checkAddress(address: Field): void {
  if (isIP(address.text) === 0)
    address.invalid('must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)', address.text);
}

function checkForLoadBalancers(spec: Field): void {
  const only = "may only be used when `type` is 'LoadBalancer'";
  // Kubernetes writes the path's last part with a capital.
  const ranges = spec.at('loadBalancerSourceRanges');
  const shown = spec.at('LoadBalancerSourceRanges');
  const isBalanced = spec.at('type').text === 'LoadBalancer';
  if (!ranges.isEmpty && !isBalanced) shown.forbidden(only);
  for (const range of ranges.elements) {
    if (!hasFormat(range.text.trim(), 'cidr'))
      range.invalid('must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)');
  }
  if (isBalanced) return;
  for (const name of ['allocateLoadBalancerNodePorts', 'loadBalancerClass'])
    if (spec.at(name).isSet) spec.at(name).forbidden(only);
}

function checkTraffic(spec: Field): void {
  const [outer, type] = [spec.at('externalTrafficPolicy'), spec.at('type').text];
  const reachable =
    type === 'NodePort' ||
    type === 'LoadBalancer' ||
    (type === 'ClusterIP' && !spec.at('externalIPs').isEmpty);
  if (!reachable && !outer.isEmpty) outer.invalid('may only be set for externally-accessible services');
  else outer.oneOf(['Cluster', 'Local']);
  spec.at('internalTrafficPolicy').oneOf(['Cluster', 'Local']);
  spec.at('trafficDistribution').oneOf(['PreferClose', 'PreferSameZone', 'PreferSameNode']);
}

/** What is wanted must be free. */
function checkAllocated(service: Field, addresses: ServiceAddresses): void {
  const own = {
    name: service.at('metadata', 'name').text,
    namespace: service.at('metadata', 'namespace').text,
  };
  const taken = takenNodePorts(addresses, own);
  const { first, last } = nodePortRange;
  for (const port of service.at('spec', 'ports').elements) {
    const onNode = port.at('nodePort');
    if (onNode.number === undefined || onNode.number === 0) continue;
    if (onNode.number < first || onNode.number > last)
      onNode.invalid(`provided port is not in the valid range. The range of valid ports is ${first}-${last}`);
    else if (taken.has(onNode.number)) onNode.invalid('provided port is already allocated');
  }
}

function checkUpdate(spec: Field, before: Field): void {
  if (spec.at('type').text === 'ExternalName' || before.at('type').text === 'ExternalName') return;
  const [now, then] = [spec.at('clusterIPs'), before.at('clusterIPs')];
  if (then.isEmpty || now.isEmpty || now.strings[0] === then.strings[0]) return;
  now.elements[0]?.invalid('may not change once set', now.value);
}
