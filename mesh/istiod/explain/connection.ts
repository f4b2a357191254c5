import type { JsonObject } from '#mesh/istiod/envoy/json.ts';
import type { Explanation } from '#mesh/istiod/explain/explanation.ts';
import { at, listAt, objectAt, originOf, textAt } from '#mesh/istiod/explain/read.ts';

export interface ConnectionRoute {
  readonly route: NonNullable<Explanation['route']>;
  /** What names its clusters, as a route's action does. */
  readonly action: JsonObject;
}

/** Where a filter chain passes a connection on that it does not read; undefined when it reads requests. */
export function connectionRoute(chain: JsonObject): ConnectionRoute | undefined {
  const action = listAt(chain, 'filters')
    .map((filter) => objectAt(filter, 'typed_config'))
    .find((filter) => textAt(filter, '@type')?.endsWith('.TcpProxy'));
  if (!action) return undefined;
  const origin = originOf(chain);
  const route = {
    name: 'connection',
    because: [nameCondition(chain)],
    ...(origin !== undefined && { origin }),
  };
  return { route, action };
}

function nameCondition(chain: JsonObject): string {
  const names = at(chain, 'filter_chain_match', 'server_names');
  return Array.isArray(names) ? `server name ${names.join(' or ')}` : 'every connection';
}
