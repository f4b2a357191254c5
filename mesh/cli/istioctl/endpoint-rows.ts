import { field, listField, textField } from '#mesh/cli/kubectl/object-fields.ts';
import type { EnvoyConfig } from '#mesh/envoy/config.ts';

const header = ['ENDPOINT', 'STATUS', 'OUTLIER CHECK', 'CLUSTER'];

export interface EndpointFilter {
  readonly cluster?: string | undefined;
  readonly port?: string | undefined;
}

/** `istioctl proxy-config endpoints`, of the configuration: ejections are in Envoy's own `/clusters`. */
export function endpointRows(
  config: EnvoyConfig,
  filter: EndpointFilter = {},
): readonly (readonly string[])[] {
  const rows = Object.entries(loadAssignments(config))
    .filter(([cluster]) => !filter.cluster || cluster === filter.cluster)
    .flatMap(([cluster, assignment]) => assignmentRows(cluster, assignment))
    .filter(([address]) => !filter.port || address?.endsWith(`:${filter.port}`));
  return [header, ...rows.sort((a, b) => a.join('|').localeCompare(b.join('|'), 'en', { numeric: true }))];
}

/** Each cluster's endpoints, by its name. */
export function loadAssignments({ clusters }: EnvoyConfig): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    clusters
      .filter((cluster) => 'load_assignment' in cluster)
      .map((cluster) => [textField(cluster, 'name'), cluster['load_assignment']]),
  );
}

function assignmentRows(cluster: string, assignment: unknown): readonly (readonly string[])[] {
  const endpoints = listField(assignment, 'endpoints').flatMap((locality) =>
    listField(locality, 'lb_endpoints'),
  );
  return endpoints.map((each) => {
    const address = describeAddress(field(each, 'endpoint', 'address'));
    return [address, textField(each, 'health_status') || 'HEALTHY', 'OK', cluster];
  });
}

function describeAddress(address: unknown): string {
  const internal = textField(address, 'envoy_internal_address', 'server_listener_name');
  const socket = field(address, 'socket_address');
  return internal
    ? `envoy://${internal}/`
    : `${textField(socket, 'address')}:${textField(socket, 'port_value')}`;
}
