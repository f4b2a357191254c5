import type { Request } from 'express';

const PAGE = '/productpage';

/**
 * Where to send a browser that has logged in or out: to the page that it came from if that is one of ours, by path alone,
 * so that a forged Referer leads nowhere else.
 */
export function wayBack({ headers: { referer = '', host = '' } }: Pick<Request, 'headers'>): string {
  const from = URL.parse(referer);
  // With the same scheme, both leave out the same default port.
  if (!from || from.host !== URL.parse(`${from.protocol}//${host}`)?.host) return PAGE;
  // A path that begins with two slashes would name a host.
  const path = from.pathname.replace(/^\/+/, '/');
  return path === '/login' || path === '/logout' ? PAGE : path + from.search;
}
