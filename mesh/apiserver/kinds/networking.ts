import { BlockList, isIP } from 'node:net';
import { checkPort, checkPortNumber } from '#mesh/apiserver/kinds/container-probes.ts';
import type { Field, FieldRules } from '#mesh/apiserver/kinds/field.ts';
import { checkLabelSelector } from '#mesh/apiserver/kinds/label-selector.ts';
import { dns1035Label, dnsSubdomain, portName, wildcardSubdomain } from '#mesh/apiserver/kinds/names.ts';
import { immutable } from '#mesh/apiserver/kinds/workloads.ts';
import { hasFormat } from '#mesh/apiserver/validation/scalars.ts';

export const ingresses: FieldRules = {
  check(ingress) {
    const spec = ingress.at('spec');
    if (spec.at('rules').isEmpty && !spec.at('defaultBackend').isSet)
      spec.invalid('either `defaultBackend` or `rules` must be specified', spec.at('rules').value ?? null);
    if (spec.at('defaultBackend').isSet) checkBackend(spec.at('defaultBackend'));
    for (const rule of spec.at('rules').elements) {
      checkHost(rule.at('host'), true);
      const http = rule.at('http');
      if (http.isSet && http.at('paths').isEmpty) http.at('paths').required();
      for (const path of http.at('paths').elements) checkPath(path);
    }
    for (const tls of spec.at('tls').elements) {
      for (const host of tls.at('hosts').elements) checkHost(host, false);
      tls.at('secretName').whenNamed(dnsSubdomain);
    }
    spec.at('ingressClassName').whenNamed(dnsSubdomain);
  },
};

export const ingressClasses: FieldRules = {
  check(object, before) {
    const controller = object.at('spec', 'controller');
    if (controller.isEmpty) controller.required();
    else if (!/^[^/]+\/.+/.test(controller.text))
      controller.invalid('must be a domain-prefixed path (such as "acme.io/foo")');
    if (before && controller.text !== before.at('spec', 'controller').text) controller.invalid(immutable);
  },
};

function checkHost(host: Field, addressesRefused: boolean): void {
  if (host.isEmpty) return;
  if (addressesRefused && isIP(host.text) !== 0) host.invalid('must be a DNS name, not an IP address');
  host.refuse((host.text.includes('*') ? wildcardSubdomain : dnsSubdomain)(host.text));
}

function checkPath(rule: Field): void {
  const [path, type] = [rule.at('path'), rule.at('pathType')];
  if (!type.isSet) {
    type.required('pathType must be specified');
    return;
  }
  const any = type.text === 'ImplementationSpecific';
  type.oneOf(['Exact', 'ImplementationSpecific', 'Prefix']);
  if (!path.text.startsWith('/') && !(any && path.isEmpty))
    path.invalid('must be an absolute path', path.text);
  if (!any) {
    for (const part of ['//', '/./', '/../', '%2f', '%2F'])
      if (path.text.includes(part)) path.invalid(`must not contain '${part}'`);
    for (const part of ['/..', '/.']) if (path.text.endsWith(part)) path.invalid(`cannot end with '${part}'`);
  }
  checkBackend(rule.at('backend'));
}

function checkBackend(backend: Field): void {
  const [service, resource] = [backend.at('service'), backend.at('resource')];
  if (service.isSet && resource.isSet) {
    backend.invalid('cannot set both resource and service backends', '');
  } else if (service.isSet) {
    service.at('name').named(dns1035Label);
    const [name, number] = [service.at('port', 'name'), service.at('port', 'number')];
    if (!name.isEmpty && !number.isEmpty) backend.invalid('cannot set both port name & port number', '');
    else if (!name.isEmpty) name.refuse(portName(name.text));
    else if (!number.isEmpty) checkPortNumber(number);
    else backend.required('port name or number is required');
  } else if (!resource.isSet) backend.invalid('resource or service backend is required', '');
}

export const networkPolicies: FieldRules = {
  check(policy) {
    const spec = policy.at('spec');
    checkLabelSelector(spec.at('podSelector'));
    for (const [direction, end] of [
      ['ingress', 'from'],
      ['egress', 'to'],
    ] as const) {
      for (const rule of spec.at(direction).elements) {
        for (const port of rule.at('ports').elements) checkRange(port);
        for (const peer of rule.at(end).elements) checkPeer(peer);
      }
    }
    const types = spec.at('policyTypes');
    if (types.elements.length > 2) types.invalid('may not specify more than two policyTypes');
    else for (const type of types.elements) type.oneOf(['Ingress', 'Egress']);
  },
};

function checkRange(range: Field): void {
  const [port, end] = [range.at('port'), range.at('endPort')];
  range.at('protocol').oneOf(['TCP', 'UDP', 'SCTP']);
  if (port.isSet) checkPort(port);
  if (!end.isSet) return;
  if (!port.isSet) end.invalid('may not be specified when `port` is not specified');
  else if (port.number === undefined) end.invalid('may not be specified when `port` is non-numeric');
  else {
    if ((end.number ?? 0) < port.number) end.invalid('must be greater than or equal to `port`', port.number);
    checkPortNumber(end);
  }
}

function checkPeer(peer: Field): void {
  const block = peer.at('ipBlock');
  const selectors = ['podSelector', 'namespaceSelector']
    .map((name) => peer.at(name))
    .filter(({ isSet }) => isSet);
  for (const selector of selectors) checkLabelSelector(selector);
  if (block.isSet) checkBlock(block);
  if (selectors.length === 0 && !block.isSet) peer.required('must specify a peer');
  if (selectors.length > 0 && block.isSet) peer.forbidden('may not specify both ipBlock and another peer');
}

function checkBlock(block: Field): void {
  const cidr = block.at('cidr');
  if (cidr.isEmpty) cidr.required();
  for (const range of [...(cidr.isEmpty ? [] : [cidr]), ...block.at('except').elements]) {
    if (!hasFormat(range.text, 'cidr'))
      range.invalid('must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)', range.text);
    else if (range.path !== cidr.path && hasFormat(cidr.text, 'cidr') && !isWithin(range.text, cidr.text))
      range.invalid('must be a strict subset of `cidr`');
  }
}

/** Whether a range is a part of another, and not all of it. */
function isWithin(inner: string, outer: string): boolean {
  const [address = '', length] = outer.split('/');
  const [start = '', innerLength] = inner.split('/');
  const family = (text: string) => (isIP(text) === 6 ? 'ipv6' : 'ipv4');
  const whole = new BlockList();
  whole.addSubnet(address, Number(length), family(address));
  return whole.check(start, family(start)) && Number(innerLength) > Number(length);
}
