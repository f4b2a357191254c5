import type { Request } from 'express';

/** What httpbin shows of every request. */
export interface RequestView {
  readonly args: Request['query'];
  readonly headers: Readonly<Record<string, string>>;
  readonly origin: string;
  readonly url: string;
}

/** What proxies add on the way: shown only with `?show_env=1`, as in httpbin. */
const PROXY_HEADERS = new Set([
  'Connect-Time',
  'Total-Route-Time',
  'Via',
  'X-Forwarded-For',
  'X-Forwarded-Port',
  'X-Forwarded-Proto',
  'X-Forwarded-Protocol',
  'X-Forwarded-Ssl',
  'X-Heroku-Dynos-In-Use',
  'X-Heroku-Queue-Depth',
  'X-Heroku-Queue-Wait-Time',
  'X-Real-Ip',
  'X-Request-Id',
  'X-Request-Start',
  'X-Varnish',
]);

export function viewOf(req: Request): RequestView {
  return { args: { ...req.query }, headers: headersOf(req), origin: originOf(req), url: urlOf(req) };
}

/** The headers by their usual names (`X-B3-Traceid`); a repeated one is joined with commas. */
export function headersOf(req: Request): Record<string, string> {
  const headers = new Map<string, string>();
  for (let i = 0; i + 1 < req.rawHeaders.length; i += 2) {
    const name = titleCase(req.rawHeaders[i] ?? '');
    if (PROXY_HEADERS.has(name) && req.query['show_env'] === undefined) continue;
    const value = req.rawHeaders[i + 1] ?? '';
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before},${value}`);
  }
  return Object.fromEntries(headers);
}

/** The client's address, as the proxies on the way report it. */
export function originOf(req: Request): string {
  const forwarded = req.headers['x-forwarded-for'];
  return String(forwarded ?? req.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
}

function urlOf(req: Request): string {
  const scheme = req.headers['x-forwarded-proto'] === 'https' ? 'https' : 'http';
  return `${scheme}://${req.headers.host ?? ''}${req.originalUrl}`;
}

/** The customary names of those that were asked for; a client may make up any number of them. */
const customary = new Map<string, string>();
const MOST_KEPT = 1_000;

function titleCase(name: string): string {
  const known = customary.get(name);
  if (known !== undefined) return known;
  const made = name.toLowerCase().replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
  if (customary.size < MOST_KEPT) customary.set(name, made);
  return made;
}
