/** What the variables of a Service are made of. */
export interface ServiceAddress {
  readonly name: string;
  readonly clusterIP: string;
  readonly ports: readonly { readonly number: number; readonly name: string; readonly protocol?: string }[];
}

/**
 * The variables that Kubernetes gives every container for the Services of its namespace, in both forms: those that
 * Kubernetes made up and those of Docker's links
 * (https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables).
 */
export function serviceVariables(services: readonly ServiceAddress[]): Record<string, string> {
  return Object.assign({}, ...services.map(variablesOf)) as Record<string, string>;
}

function variablesOf({ name, clusterIP, ports }: ServiceAddress): Record<string, string> {
  const prefix = variableName(name);
  const first = ports[0];
  if (!first || clusterIP === 'None') {
    return {};
  }
  const variables: Record<string, string> = {
    [`${prefix}_SERVICE_HOST`]: clusterIP,
    [`${prefix}_SERVICE_PORT`]: String(first.number),
    [`${prefix}_PORT`]: url(clusterIP, first),
  };
  for (const port of ports) {
    if (port.name) {
      variables[`${prefix}_SERVICE_PORT_${variableName(port.name)}`] = String(port.number);
    }
    const link = `${prefix}_PORT_${port.number}_${transport(port).toUpperCase()}`;
    variables[link] = url(clusterIP, port);
    variables[`${link}_PROTO`] = transport(port);
    variables[`${link}_PORT`] = String(port.number);
    variables[`${link}_ADDR`] = clusterIP;
  }
  return variables;
}

type Port = ServiceAddress['ports'][number];

function transport({ protocol }: Port): string {
  return (protocol ?? 'TCP').toLowerCase();
}

function url(address: string, port: Port): string {
  return `${transport(port)}://${address}:${port.number}`;
}

function variableName(name: string): string {
  return name.toUpperCase().replaceAll('-', '_').replaceAll('.', '_');
}
