import { istioConfigName } from '#mesh/cli/istioctl/istio-config.ts';
import { textField } from '#mesh/cli/kubectl/object-fields.ts';
import type { EnvoyConfig, JsonObject } from '#mesh/envoy/config.ts';

const header = ['SERVICE FQDN', 'PORT', 'SUBSET', 'DIRECTION', 'TYPE', 'DESTINATION RULE'];

export interface ClusterFilter {
  readonly fqdn?: string | undefined;
  readonly port?: string | undefined;
}

/** `istioctl proxy-config clusters`: the parts of `outbound|80|prod|HOST`. */
export function clusterRows(config: EnvoyConfig, filter: ClusterFilter = {}): readonly (readonly string[])[] {
  const rows = config.clusters
    .map(clusterRow)
    .filter(
      ([fqdn, port]) => (!filter.fqdn || fqdn === filter.fqdn) && (!filter.port || port === filter.port),
    );
  return [header, ...rows.sort((a, b) => a.join('|').localeCompare(b.join('|'), 'en'))];
}

function clusterRow(cluster: JsonObject): readonly string[] {
  const name = textField(cluster, 'name');
  const [direction = '', port = '', subset = '', fqdn] = name.split('|');
  const type = textField(cluster, 'type') || textField(cluster, 'cluster_type', 'name') || 'STATIC';
  const rule = istioConfigName(cluster);
  return fqdn === undefined
    ? [name, '-', '-', '-', type, rule]
    : [fqdn, port, subset || '-', direction, type, rule];
}
