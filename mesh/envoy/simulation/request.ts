/** A request that nobody sends. */
export interface SimulatedRequest {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  /** With its query. */
  readonly path: string;
  readonly method: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Reads a URL as a program would ask for it. */
export function requestFor(
  url: string,
  { method = 'GET', headers = {} }: { method?: string; headers?: Readonly<Record<string, string>> } = {},
): SimulatedRequest {
  const { protocol, hostname, port, pathname, search } = new URL(url);
  const scheme = protocol === 'https:' ? 'https' : 'http';
  return {
    scheme,
    host: hostname,
    port: port ? Number(port) : DEFAULT_PORT[scheme],
    path: pathname + search,
    method,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
  };
}

const DEFAULT_PORT = { http: 80, https: 443 };

/** The authority that Envoy sees: without the scheme's own port, but always with one in a CONNECT. */
export function authorityOf({ scheme, host, port }: SimulatedRequest): string {
  return scheme === 'http' && port === DEFAULT_PORT.http ? host : `${host}:${port}`;
}
