import type { ChainConfig } from '#services/chain/config.ts';

/** A downstream to call, taken apart once rather than for every request. */
export interface Upstream {
  /** Scheme, host and port: `http://middleware`. */
  readonly origin: string;
  /** Path and query string. */
  readonly path: string;
  /** Both: the address as it is shown. */
  readonly uri: string;
}

/** The downstreams to call, in order. */
export function upstreamsOf({
  UPSTREAM_URI,
  UPSTREAM_URIS,
}: Pick<ChainConfig, 'UPSTREAM_URI' | 'UPSTREAM_URIS'>): readonly Upstream[] {
  const texts = UPSTREAM_URIS ?? (UPSTREAM_URI === undefined ? [] : [UPSTREAM_URI]);
  return texts.map((text) => {
    const { origin, pathname, search } = new URL(text);
    return { origin, path: pathname + search, uri: origin + pathname + search };
  });
}

/** The upstream with a request's query string behind its own. */
export function withQuery(upstream: Upstream, query: string): Upstream {
  if (query === '') return upstream;
  const { origin, path, uri } = upstream;
  const tail = (path.includes('?') ? '&' : '?') + query;
  return { origin, path: path + tail, uri: uri + tail };
}
