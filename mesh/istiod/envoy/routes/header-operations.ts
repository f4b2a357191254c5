import { nonEmpty } from '#mesh/istiod/envoy/json.ts';
import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import type { HeaderChanges, HeaderOperations } from '#mesh/istiod/model/route.ts';

/** The fields that routes and weighted clusters share; `Host` is not among them, see `hostSetBy`. */
export function headerOperations(
  ...operations: readonly (HeaderOperations | undefined)[]
): envoy.HeaderFields {
  const request = operations.flatMap((operation) => operation?.request ?? []);
  const response = operations.flatMap((operation) => operation?.response ?? []);
  return {
    request_headers_to_add: nonEmpty(request.flatMap(additions)),
    request_headers_to_remove: nonEmpty(request.flatMap(({ remove = [] }) => remove)),
    response_headers_to_add: nonEmpty(response.flatMap(additions)),
    response_headers_to_remove: nonEmpty(response.flatMap(({ remove = [] }) => remove)),
  };
}

/** Envoy takes the authority only as a host rewrite, where Istio lets `headers.request` set or add it. */
export function hostSetBy(operations: HeaderOperations | undefined): string | undefined {
  const { set = {}, add = {} } = operations?.request ?? {};
  const entry = [...Object.entries(set), ...Object.entries(add)].find(([name]) => isHost(name));
  return entry?.[1];
}

function additions({ set = {}, add = {} }: HeaderChanges): envoy.HeaderValueOption[] {
  return [
    ...Object.entries(set)
      .filter(([name]) => !isHost(name))
      .map(([key, value]) => ({ header: { key, value }, append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' })),
    ...Object.entries(add)
      .filter(([name]) => !isHost(name))
      .map(([key, value]) => ({ header: { key, value } })),
  ];
}

function isHost(name: string): boolean {
  return name.toLowerCase() === 'host' || name === ':authority';
}
