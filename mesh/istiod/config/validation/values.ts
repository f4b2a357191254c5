import { parseDuration } from '#mesh/istiod/config/schema/fields.ts';
import type { Field, Problems } from '#mesh/istiod/config/validation/field.ts';
import { isAddress, isLabel } from '#mesh/istiod/config/validation/names.ts';

/** A duration, where one is written. */
export function* checkDuration(field: Field): Problems {
  if (!field.isSet) return;
  const milliseconds = parseDuration(field.text);
  if (milliseconds === undefined) return;
  if (milliseconds < 1)
    yield field.refused('duration must be greater than 1ms', 'write at least `1ms`, or leave the field out');
  else if (!isWhole(milliseconds)) yield field.refused('only durations to ms precision are supported');
}

/** Fractions of a second are not exact in milliseconds. */
function isWhole(milliseconds: number): boolean {
  return Math.abs(milliseconds - Math.round(milliseconds)) < 1e-7;
}

export function* checkPort(field: Field): Problems {
  if (field.number < 1 || field.number > 65_535)
    yield field.refused(`port number ${field.number} must be in the range 1..65535`);
}

const protocols = new Set([
  ...[
    'tcp',
    'udp',
    'grpc',
    'grpc-web',
    'http',
    'http_proxy',
    'http2',
    'https',
    'tls',
    'mongo',
    'redis',
    'mysql',
  ],
]);
const httpProtocols = new Set(['http', 'http2', 'http_proxy', 'grpc', 'grpc-web']);
const tcpProtocols = new Set(['tcp', 'https', 'tls', 'mongo', 'redis', 'mysql']);

/** Names of protocols, in any case. */
export function isProtocol(name: string): boolean {
  return protocols.has(name.toLowerCase());
}

export function isHttp(name: string): boolean {
  return httpProtocols.has(name.toLowerCase());
}

export function isTls(name: string): boolean {
  return ['https', 'tls'].includes(name.toLowerCase());
}

export function isTcp(name: string): boolean {
  return tcpProtocols.has(name.toLowerCase());
}

/** Namespaces that an object is exported to. */
export function* checkExportTo(
  exportTo: Field,
  { namespace, isServiceEntry = false }: { namespace: string; isServiceEntry?: boolean },
): Problems {
  const seen = new Set<string>();
  for (const field of exportTo.items) {
    const key = field.text === '.' ? namespace : field.text;
    if (seen.has(key))
      yield field.refused(
        key === field.text
          ? `duplicate entries in exportTo for entry ${key}`
          : `duplicate entries in exportTo: . and current namespace ${namespace}`,
      );
    else if (key === '*' || (key === '~' && isServiceEntry) || isLabel(key)) seen.add(key);
    else if (key === '~')
      yield field.refused('exportTo ~ (none) is not allowed for Istio configuration objects');
    else yield field.refused('only .,*, or a valid DNS 1123 label is allowed as exportTo entry');
  }
  if (exportTo.items.length < 2) return;
  if (seen.has('*'))
    yield exportTo.refused('cannot have both public (*) and non-public exportTo values for a resource');
  if (seen.has('~')) yield exportTo.refused('cannot export service entry to no one (~) and someone');
}

const targets = new Set([
  ...['/Service', 'core/Service', 'networking.istio.io/ServiceEntry'],
  ...['gateway.networking.k8s.io/Gateway', 'gateway.networking.k8s.io/GatewayClass'],
]);
const allowedTargets =
  '[core/v1/Service networking.istio.io/v1/ServiceEntry gateway.networking.k8s.io/v1/Gateway gateway.networking.k8s.io/v1/GatewayClass]';

/** A selector, or what the resource is attached to: one of them. */
export function* checkAttachment(spec: Field): Problems {
  const [selector, one, many] = [spec.at('selector'), spec.at('targetRef'), spec.at('targetRefs')];
  const said = [selector.isSet, one.isSet, many.items.length > 0].filter(Boolean).length;
  if (said > 1) yield spec.refused('only one of targetRefs or workloadSelector can be set');
  for (const target of [...(one.isSet ? [one] : []), ...many.items]) {
    const kind = `${target.at('group').text}/${target.at('kind').text}`;
    if (target.at('name').text === '') yield target.refused('targetRef name must be set');
    if (target.at('namespace').text !== '')
      yield target.refused(
        'targetRef namespace must not be set; cross namespace referencing is not supported',
      );
    if (!targets.has(kind))
      yield target.refused(`targetRef must be to one of ${allowedTargets} but was ${kind}`);
  }
}

/** An address, or a range of addresses. */
export function* checkSubnet(field: Field): Problems {
  const [address = '', ...rest] = field.text.split('/');
  if (rest.length === 0) {
    if (!isAddress(address)) yield field.refused(`${field.text} is not a valid IP`);
  } else if (!isRange(field.text)) yield field.refused(`${field.text} is not a valid CIDR block`);
}

/** `10.0.0.0/8` */
export function isRange(text: string): boolean {
  const [address = '', bits = '', ...rest] = text.split('/');
  const most = address.includes(':') ? 128 : 32;
  return rest.length === 0 && isAddress(address) && /^(0|[1-9]\d{0,2})$/.test(bits) && Number(bits) <= most;
}
