import type { IncomingHttpHeaders } from 'node:http';
import type { Refusal } from '#mesh/serve/http-server.ts';

const localNames: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Why a request is not from this machine, for everything that listens at loopback and can be read. A page of any site could
 * read it too after pointing its own name at this machine (DNS rebinding): then the request's `host` is that name.
 */
export function notLocal(headers: IncomingHttpHeaders): Refusal | undefined {
  return (
    foreignOrigin(headers) ??
    (localNames.has(withoutPort(headers.host ?? ''))
      ? undefined
      : { status: 421, message: 'this answers to localhost only; use http://localhost with the port' })
  );
}

/** Why a request comes from another site's page, whatever name it was sent to: a browser says so in `origin`. */
export function foreignOrigin({ origin }: IncomingHttpHeaders): Refusal | undefined {
  // A page without an origin, such as one in a sandbox, sends `null`.
  if (origin === undefined || localNames.has(URL.parse(origin)?.hostname ?? '')) return undefined;
  return { status: 403, message: 'pages of other sites are not answered' };
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase();
}
