import type * as envoy from '#mesh/istiod/envoy/messages.ts';
import { typed } from '#mesh/istiod/envoy/messages.ts';
import { isHttp, type Service } from '#mesh/istiod/model/service.ts';

/** The filter of an HTTP proxy that says on every response who has passed it on. */
const SERVER = 'envoy.filters.http.header_mutation';

/** In place of the connection manager's own header, which no route can leave out. */
export const serverFilter: envoy.HttpFilter = {
  name: SERVER,
  typed_config: typed('envoy.extensions.filters.http.header_mutation.v3.HeaderMutation', {
    mutations: {
      response_mutations: [
        {
          append: {
            header: { key: 'server', value: 'envoy' },
            append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
          },
        },
      ],
    },
  }),
};

export function isServerFilter({ name }: envoy.HttpFilter): boolean {
  return name === SERVER;
}

/** What a connection manager with {@link serverFilter} needs. */
export const ownServerHeader: envoy.HttpConnectionManager = { server_header_transformation: 'PASS_THROUGH' };

/**
 * The fields of a route by which requests pass as bytes do: in a cluster they would be part of a connection that no proxy
 * reads. Its virtual host must not count attempts either.
 */
export const unread: envoy.Route = {
  request_headers_to_remove: ['x-forwarded-proto'],
  typed_per_filter_config: { [SERVER]: typed('envoy.config.route.v3.FilterConfig', { disabled: true }) },
};

/** The ports at which a proxy that knows these services reads requests, whatever host they name. */
export function readPorts(services: readonly Service[]): ReadonlySet<number> {
  return new Set(
    services
      .filter(({ byRoutesAlone }) => !byRoutesAlone)
      .flatMap(({ ports }) => ports.filter(({ protocol }) => isHttp(protocol)).map(({ number }) => number)),
  );
}
