/** A request that nobody sends. */
export interface SimulatedRequest {
  /** `tcp`: bytes that no proxy reads. */
  readonly scheme: 'http' | 'https' | 'tcp';
  readonly host: string;
  readonly port: number;
  /** With its query. */
  readonly path: string;
  readonly method: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The header Host as it is sent, where it says something else than host and port. */
  readonly authority?: string;
  /** What TLS asks for, where that is not the host; empty: nothing. */
  readonly serverName?: string;
  /** Whether tokens count as signed by whom they name. */
  readonly trustsTokens?: true;
}

/** Reads a URL as a program would ask for it. */
export function requestFor(
  url: string,
  { method = 'GET', headers = {} }: { method?: string; headers?: Readonly<Record<string, string>> } = {},
): SimulatedRequest {
  const { protocol, hostname, port, pathname, search } = new URL(url);
  const scheme = SCHEMES.get(protocol) ?? 'http';
  return {
    scheme,
    host: hostname,
    port: port ? Number(port) : DEFAULT_PORT[scheme],
    path: pathname + search,
    method,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
  };
}

const SCHEMES = new Map<string, 'https' | 'tcp'>([
  ['https:', 'https'],
  ['tcp:', 'tcp'],
]);
const DEFAULT_PORT = { http: 80, https: 443, tcp: 0 };

/** The authority that Envoy sees: without the scheme's own port, but always with one in a CONNECT. */
export function authorityOf({ scheme, host, port, authority }: SimulatedRequest): string {
  return authority ?? (scheme === 'http' && port === DEFAULT_PORT.http ? host : `${host}:${port}`);
}

/** The path as Envoy reads it: no segment leads back, and what needs no escape has none. A double slash stays. */
export function normalizedPath(path: string): string {
  const [before = '', ...query] = path.split('?');
  const plain = before.replaceAll('\\', '/').replaceAll(/%([0-9a-f]{2})/gi, (escaped, code: string) => {
    const character = String.fromCharCode(Number.parseInt(code, 16));
    return /[\w.~-]/.test(character) ? character : escaped;
  });
  const segments: string[] = [];
  const [, ...parts] = plain.split('/');
  parts.forEach((part, index) => {
    const isLast = index === parts.length - 1;
    if (part === '..') segments.pop();
    if (part !== '..' && part !== '.') segments.push(part);
    else if (isLast) segments.push('');
  });
  return [`/${segments.join('/')}`, ...query].join('?');
}
