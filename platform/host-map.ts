/** Where to connect to. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Declared hosts with their ports (`mysqldb:3306`), and the local addresses that stand in for them. */
export type HostMap = ReadonlyMap<string, Address>;

export const HOST_MAP_FORM =
  'declared=local pairs of host:port, such as mysqldb:3306=127.0.0.1:41240,redis:6379=127.0.0.1:41241';

/**
 * Reads `mysqldb:3306=127.0.0.1:41240,redis:6379=127.0.0.1:41241`. In a cluster iptables send outgoing TCP through the pod's
 * sidecar and the variable is unset; on a laptop the sidecar has a local listener for each address, and
 * this variable tells the program which.
 */
export function parseHostMap(text: string): HostMap | undefined {
  const pairs = text.split(',').map((pair) => {
    const [declared, local, ...more] = pair.split('=').map(parseAddress);
    return declared && local && more.length === 0 ? ([keyOf(declared), local] as const) : undefined;
  });
  return pairs.every((pair) => pair !== undefined) ? new Map(pairs) : undefined;
}

/** The address to connect to for a declared one. */
export function localAddress(declared: Address, hosts: HostMap | undefined): Address {
  return hosts?.get(keyOf(declared)) ?? declared;
}

function parseAddress(text: string): Address | undefined {
  const [, host, digits] = /^\s*([^\s:]+):(\d{1,5})\s*$/.exec(text) ?? [];
  const port = Number(digits);
  return host !== undefined && port <= 65_535 ? { host, port } : undefined;
}

/** Host names are the same in upper and lower case, with and without the dot at their end. */
function keyOf({ host, port }: Address): string {
  return `${host.toLowerCase().replace(/\.$/, '')}:${port}`;
}
