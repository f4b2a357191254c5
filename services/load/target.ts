import type { Environment } from '#platform/environment.ts';
import type { Plan } from '#services/load/plan.ts';
import { proxyFor } from '#services/load/proxy-for.ts';

/** Where to connect to, and what to send there. */
export interface Target {
  readonly host: string;
  readonly port: number;
  /** The name to ask the server's certificate for; absent for plain HTTP. */
  readonly tlsName?: string;
  readonly method: string;
  /** The whole request. */
  readonly request: Buffer;
}

/**
 * The target of a plan. HTTP goes through the proxy that the standard variables name, which on the laptop mesh is the
 * pod's sidecar: in absolute form, with the `Host` unchanged (RFC 9112 section 3.2.2).
 */
export function targetOf(plan: Plan, env: Environment): Target {
  const { url, method } = plan;
  const proxy = url.protocol === 'http:' ? proxyFor(url, env) : undefined;
  const to = proxy ?? url;
  return {
    host: to.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(to.port) || (to.protocol === 'https:' ? 443 : 80),
    ...(to.protocol === 'https:' && { tlsName: to.hostname }),
    method,
    request: requestOf(plan, proxy !== undefined),
  };
}

function requestOf({ url, method, headers, body, keepAlive }: Plan, absolute: boolean): Buffer {
  const has = (name: string) => headers.some(([given]) => given.toLowerCase() === name);
  const path = `${absolute ? `http://${url.host}` : ''}${url.pathname}${url.search}`;
  const own = [
    ...(has('host') ? [] : [['Host', url.host]]),
    ...(has('user-agent') ? [] : [['User-Agent', 'mesh101-load']]),
    ...(body === '' ? [] : [['Content-Length', String(Buffer.byteLength(body))]]),
    ...(keepAlive ? [] : [['Connection', 'close']]),
  ];
  const lines = [...own, ...headers].map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.concat([
    Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines}\r\n`, 'latin1'),
    Buffer.from(body),
  ]);
}
