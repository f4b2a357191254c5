import type { JsonObject } from '#mesh/envoy/config.ts';

/**
 * Which parts of a stat's name become labels for Prometheus. Envoy's own rules stop at the first dot; names of the
 * mesh hold dots and end with a semicolon.
 */
export const statsConfig: JsonObject = {
  use_all_default_tags: false,
  stats_tags: [
    { tag_name: 'cluster_name', regex: '^cluster\\.((.+?);\\.)' },
    { tag_name: 'http_conn_manager_prefix', regex: '^http\\.((.+?);\\.)' },
    { tag_name: 'response_code', regex: '_rq(_(\\d{3}))$' },
    { tag_name: 'response_code_class', regex: '_rq(_(\\dxx))$' },
  ],
};
