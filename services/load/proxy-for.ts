import type { Environment } from '#platform/environment.ts';

/**
 * The proxy that the standard variables name for a plain http:// URL; undefined if there is none, or NO_PROXY has the
 * host. Lower case wins, as in curl; an entry of NO_PROXY is a host with all below it, with or without a port, or `*`.
 */
export function proxyFor(url: URL, env: Environment): URL | undefined {
  const proxy = env['http_proxy'] || env['HTTP_PROXY'];
  const excepted = (env['no_proxy'] || env['NO_PROXY'] || '').split(/[\s,]+/).filter(Boolean);
  if (!proxy || excepted.some((entry) => covers(entry.toLowerCase(), url))) return undefined;
  return URL.parse(proxy.includes('://') ? proxy : `http://${proxy}`) ?? undefined;
}

function covers(entry: string, url: URL): boolean {
  if (entry === '*') return true;
  const [, name = '', port] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
  if (port !== undefined && port !== (url.port || '80')) return false;
  const domain = name.replace(/^\*?\./, '');
  return url.hostname === domain || url.hostname.endsWith(`.${domain}`);
}
