import { checkDestinations, checkGatewayNames } from '#mesh/istiod/config/validation/destination.ts';
import type { Field, Problems } from '#mesh/istiod/config/validation/field.ts';
import { isClaim } from '#mesh/istiod/config/validation/headers.ts';
import { checkHttpRoute } from '#mesh/istiod/config/validation/http-route.ts';
import {
  checkLabels,
  hostsOverlap,
  isAddress,
  isWithinHost,
  wildcardNameFault,
} from '#mesh/istiod/config/validation/names.ts';
import { checkExportTo, checkPort, checkSubnet } from '#mesh/istiod/config/validation/values.ts';

/** What istiod's webhook says of a VirtualService. */
export function* virtualService(spec: Field, { namespace }: { readonly namespace: string }): Problems {
  const isDelegate = spec.at('hosts').items.length === 0;
  if (isDelegate) yield* checkDelegate(spec);
  yield* checkGatewayNames(spec.at('gateways'));
  yield* checkClaims(spec);
  yield* checkHosts(spec);
  const sections = ['http', 'tcp', 'tls'].map((name) => spec.at(name));
  if (sections.every(({ items }) => items.length === 0))
    yield spec.refused('http, tcp or tls must be provided in virtual service', 'add rules under `http`');
  for (const rule of spec.at('http').items) yield* checkHttpRoute(rule, isDelegate);
  for (const rule of spec.at('tls').items) yield* checkTlsRoute(rule, spec);
  for (const rule of spec.at('tcp').items) yield* checkTcpRoute(rule);
  yield* checkExportTo(spec.at('exportTo'), { namespace });
}

function* checkDelegate(spec: Field): Problems {
  const problem = (name: string, what: string) =>
    spec.at(name).items.length > 0
      ? [spec.at(name).refused(`delegate virtual service must have no ${what} specified`, 'add `hosts`')]
      : [];
  yield* problem('gateways', 'gateways');
  yield* problem('tls', 'tls route');
  yield* problem('tcp', 'tcp route');
}

function isForMesh(spec: Field): boolean {
  const gateways = spec.at('gateways').texts;
  return gateways.length === 0 || gateways.includes('mesh');
}

function* checkClaims(spec: Field): Problems {
  if (!isForMesh(spec)) return;
  const gateways = spec.at('gateways').texts.join(' ');
  for (const rule of spec.at('http').items)
    for (const match of rule.at('match').items)
      for (const [name, value] of [...match.at('headers').entries, ...match.at('withoutHeaders').entries])
        if (isClaim(name))
          yield value.refused(
            `JWT claim based routing (key: ${name}) is only supported for gateway, found no gateways: [${gateways}]`,
          );
}

function* checkHosts(spec: Field): Problems {
  const hosts = spec.at('hosts').items;
  let allRight = true;
  for (const host of hosts) {
    const fault = wildcardNameFault(host.text);
    if (fault !== undefined && !isAddress(host.text)) yield host.refused(fault);
    else if (host.text === '*' && isForMesh(spec))
      yield host.refused(
        'wildcard host * is not allowed for virtual services bound to the mesh gateway',
        'name the hosts, such as `*.default.svc.cluster.local`, or a gateway',
      );
    else continue;
    allRight = false;
  }
  if (!allRight) return;
  for (const [index, host] of hosts.entries())
    for (const other of hosts.slice(index + 1))
      if (hostsOverlap(host.text, other.text))
        yield other.refused(
          `duplicate hosts in virtual service: ${host.text} & ${other.text}`,
          'keep one of them',
        );
}

function* checkTlsRoute(rule: Field, spec: Field): Problems {
  const matches = rule.at('match');
  if (matches.items.length === 0) yield matches.refused('TLS route must have at least one match condition');
  for (const match of matches.items) {
    const names = match.at('sniHosts');
    if (names.items.length === 0) yield names.refused('TLS match must have at least one SNI host');
    for (const name of names.items) yield* checkSniHost(name, spec);
    yield* checkConnectionMatch(match);
  }
  if (rule.at('route').items.length === 0) yield rule.refused('TLS route is required');
  yield* checkDestinations(rule.at('route'));
}

function* checkSniHost(name: Field, spec: Field): Problems {
  const { text } = name;
  const fault = wildcardNameFault(text);
  const hosts = spec.at('hosts').texts;
  if (fault !== undefined && isAddress(text))
    yield name.warned(
      `using an IP address ("${text}") goes against SNI spec and most clients do not support this`,
    );
  else if (fault !== undefined) yield name.refused(fault);
  else if (!hosts.some((host) => isWithinHost(text, host)))
    yield name.refused(
      `SNI host "${text}" is not a compatible subset of any of the virtual service hosts: [${hosts.join(', ')}]`,
    );
}

function* checkTcpRoute(rule: Field): Problems {
  for (const match of rule.at('match').items) yield* checkConnectionMatch(match);
  if (rule.at('route').items.length === 0) yield rule.refused('TCP route is required');
  yield* checkDestinations(rule.at('route'));
}

function* checkConnectionMatch(match: Field): Problems {
  for (const subnet of match.at('destinationSubnets').items) yield* checkSubnet(subnet);
  if (match.at('port').number !== 0) yield* checkPort(match.at('port'));
  yield* checkLabels(match.at('sourceLabels'));
  yield* checkGatewayNames(match.at('gateways'));
}
