import type { JsonObject } from '#mesh/envoy/config.ts';
import { addressBlock, headerPattern, stringPattern } from '#mesh/envoy/filters/rbac/value-match.ts';
import { typed } from '#mesh/envoy/json.ts';
import type { OperationCondition } from '#mesh/model/policy.ts';

/** From a port as policies name it to the local one on which a connection for it arrives. */
export type BoundPorts = ReadonlyMap<number, number>;

/** Whether only a request can tell: a connection has no host, no method and no path. */
export function isOfRequest({ of }: OperationCondition): boolean {
  return of === 'host' || of === 'method' || of === 'path';
}

/** The Permission for an operation that one of the values fits. */
export function permission(
  { of }: OperationCondition,
  values: readonly string[],
  ports: BoundPorts,
): JsonObject {
  return { or_rules: { rules: values.map((value) => single(of, value, ports)) } };
}

function single(of: OperationCondition['of'], value: string, ports: BoundPorts): JsonObject {
  switch (of) {
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

/** A port that the workload does not have is nobody's destination. */
function port(bound: number | undefined): JsonObject {
  return bound === undefined ? { not_rule: { any: true } } : { destination_port: bound };
}

function path(value: string): JsonObject {
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
