import type { CaseRequest } from '#test/conformance/case.ts';

/** A request of a case, read. */
export interface Question {
  /** A pod of the world, or `gw`: somebody in front of the ingress gateway. */
  readonly from: string;
  /** The gateway's port, as its Service has it. */
  readonly gatewayPort: number;
  /** `TCP` for a line. */
  readonly method: string;
  readonly host: string;
  readonly port: number;
  readonly authority: string;
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly request: CaseRequest;
}

/**
 * `FROM METHOD authority/path`; FROM is a pod, `gw` or `gw:PORT`.
 * @param fill gives a text with the side's tokens and places
 */
export function questionOf(request: CaseRequest, fill: (text: string) => string): Question {
  const [who = '', method = '', ...rest] = fill(request.ask).split(' ');
  const place = rest.join(' ');
  const slash = place.indexOf('/');
  const authority = slash < 0 ? place : place.slice(0, slash);
  const [from = '', gatewayPort] = who.split(':');
  const [host = '', port] = authority.split(':');
  const usual = request.tls ? 443 : 80;
  return {
    ...{ from, method, host, request },
    gatewayPort: Number(gatewayPort ?? usual),
    port: Number(port ?? usual),
    authority: fill(request.authority ?? authority),
    path: slash < 0 ? '/' : place.slice(slash),
    headers: Object.entries(request.headers ?? {}).map(([name, value]) => [name, fill(value)]),
  };
}
