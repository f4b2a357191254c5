import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import { typed } from '#mesh/istiod/envoy/messages.ts';
import type { OperationCondition } from '#mesh/istiod/model/policy.ts';

/** From a port as policies name it to the local one on which a connection for it arrives. */
export type BoundPorts = ReadonlyMap<number, number>;

/** Whether only a request can tell: a connection has no host, no method and no path. */
export function isOperationOfRequest({ of }: OperationCondition): boolean {
  return of === 'host' || of === 'method' || of === 'path';
}

/** The Permission for an operation that one of the values fits. */
export function permission(
  condition: OperationCondition,
  values: readonly string[],
  ports: BoundPorts,
): envoy.Permission {
  return { or_rules: { rules: values.map((value) => single(condition, value, ports)) } };
}

function single(condition: OperationCondition, value: string, ports: BoundPorts): envoy.Permission {
  switch (condition.of) {
    case 'metadata':
      return { sourced_metadata: { metadata_matcher: metadata(condition, value) } };
    case 'host':
      return { header: headerPattern(':authority', value, { ignoreCase: true }) };
    case 'method':
      return { header: headerPattern(':method', value) };
    case 'path':
      return path(value);
    case 'port':
      return port(ports.get(Number(value)));
    case 'destination-address':
      return { destination_ip: addressBlock(value) };
    case 'server-name':
      return { requested_server_name: stringPattern(value) };
  }
}

/** What a filter leaves is a text, or with brackets around the value a list of them. */
function metadata(
  { filter, key }: Extract<OperationCondition, { readonly of: 'metadata' }>,
  value: string,
): envoy.MetadataMatcher {
  const [, item] = /^\[(.*)\]$/.exec(value) ?? [];
  const matcher =
    item === undefined
      ? { string_match: stringPattern(value) }
      : { list_match: { one_of: { string_match: stringPattern(item) } } };
  return { filter, path: [{ key }], value: matcher };
}

/** A port that the workload does not have matches no request. */
function port(bound: number | undefined): envoy.Permission {
  return bound === undefined ? { not_rule: { any: true } } : { destination_port: bound };
}

function path(value: string): envoy.Permission {
  if (!/\{\*\*?\}/.test(value)) return { url_path: { path: stringPattern(value) } };
  const template = value.replaceAll('{*}', '*').replaceAll('{**}', '**');
  return {
    uri_template: {
      name: 'uri-template',
      typed_config: typed('envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig', {
        path_template: template,
      }),
    },
  };
}

/** `exact`, `prefix*`, `*suffix`, or `*` for anything that is not empty, as an Envoy StringMatcher. */
export function stringPattern(value: string): envoy.StringMatcher {
  if (value === '*') return { safe_regex: { regex: '.+' } };
  if (value.startsWith('*')) return { suffix: value.slice(1) };
  return value.endsWith('*') ? { prefix: value.slice(0, -1) } : { exact: value };
}

/** A header with one of these patterns, where `*` asks for its presence. */
export function headerPattern(name: string, value: string, { ignoreCase = false } = {}): envoy.HeaderMatcher {
  if (value === '*') return { name, present_match: true };
  return { name, string_match: { ...stringPattern(value), ignore_case: ignoreCase || undefined } };
}

/** `10.0.0.0/8`; an address alone is a block of one. */
export function addressBlock(value: string): envoy.CidrRange {
  const [address = '', length] = value.split('/');
  const whole = address.includes(':') ? 128 : 32;
  return { address_prefix: address, prefix_len: length === undefined ? whole : Number(length) };
}
