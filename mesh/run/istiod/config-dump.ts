import type { Any } from '#mesh/istiod/envoy/json.ts';
import { typed } from '#mesh/istiod/envoy/messages.ts';
import { discoveredBy, inVersion, type Kind, resourcesOf } from '#mesh/istiod/xds/resources.ts';
import type { ProxyProcess } from '#mesh/kubelet/proxy/proxy-process.ts';

interface Dumped {
  readonly name: string;
  readonly version_info: string;
  readonly resource: Any;
}

/** What an Envoy should have, in the form in which an Envoy reports what it has (envoy.admin.v3.ConfigDump). */
export function configDump({ config, offered }: Pick<ProxyProcess, 'config' | 'offered'>): readonly Any[] {
  const resources = resourcesOf(config);
  const { filters } = discoveredBy(config.listeners);
  const all = (kind: Kind): readonly Dumped[] =>
    [...resources[kind]].map(([name, resource]) => {
      const version_info = offered.get(`${kind}/${name}`) ?? '';
      return { name, version_info, resource: inVersion(kind, { version: version_info, resource, filters }) };
    });
  return [
    typed('envoy.admin.v3.ClustersConfigDump', {
      dynamic_active_clusters: all('clusters').map(({ version_info, resource: cluster }) => ({
        version_info,
        cluster,
      })),
    }),
    typed('envoy.admin.v3.EndpointsConfigDump', {
      dynamic_endpoint_configs: all('endpoints').map(({ version_info, resource: endpoint_config }) => ({
        version_info,
        endpoint_config,
      })),
    }),
    typed('envoy.admin.v3.ListenersConfigDump', {
      dynamic_listeners: all('listeners').map(({ name, version_info, resource: listener }) => ({
        name,
        active_state: { version_info, listener },
      })),
    }),
    typed('envoy.admin.v3.RoutesConfigDump', {
      dynamic_route_configs: all('routes').map(({ version_info, resource: route_config }) => ({
        version_info,
        route_config,
      })),
    }),
    typed('envoy.admin.v3.EcdsConfigDump', {
      ecds_filters: all('extension_configs').map(({ version_info, resource: ecds_filter }) => ({
        version_info,
        ecds_filter,
      })),
    }),
  ];
}
