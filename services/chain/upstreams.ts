import type { Downstream, OngoingCall } from '#platform/downstream.ts';
import { secondsSince } from '#platform/elapsed.ts';
import type { OutgoingHeaders } from '#platform/headers.ts';
import type { UpstreamCall } from '#services/chain/hop.ts';

interface CallOptions {
  readonly urls: readonly URL[];
  readonly workers: number;
  /** Appended to that of each URL. */
  readonly query: string;
  readonly headers: OutgoingHeaders;
  /** Ask for JSON and parse it, so that the answers become a tree; else they are text. */
  readonly json: boolean;
  /** Called with each call, so that it can be cancelled when its answer is no longer wanted. */
  readonly started: (call: OngoingCall) => void;
}

/** Calls every URL, `workers` at a time, and gives the results in the URLs' order. */
export async function callUpstreams(
  downstream: Downstream,
  { urls, workers, ...options }: CallOptions,
): Promise<readonly UpstreamCall[]> {
  // Nearly every hop has one upstream, and its requests should not pay for the others' book-keeping.
  const [only] = urls;
  if (only && urls.length === 1) return [await callOne(downstream, only, options)];
  const results: UpstreamCall[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let url = urls[next]; url; url = urls[next]) {
      const index = next++;
      results[index] = await callOne(downstream, url, options);
    }
  };
  await Promise.all(Array.from({ length: Math.min(workers, urls.length) }, work));
  return results;
}

async function callOne(
  downstream: Downstream,
  url: URL,
  { query, headers, json, started }: Omit<CallOptions, 'urls' | 'workers'>,
): Promise<UpstreamCall> {
  const startedAt = performance.now();
  const path = pathWith(url, query);
  const call = downstream.get({
    origin: url.origin,
    path,
    headers: { ...headers, accept: json ? JSON_FIRST : TEXT_FIRST },
  });
  started(call);
  const result = await call.result;
  const seconds = secondsSince(startedAt);
  const uri = url.origin + path;
  if (result.kind === 'failure') return { uri, status: result.status, seconds, error: result.reason };
  const { status, body } = result;
  const answer = json && result.headers['content-type']?.includes('json') ? parsed(body) : body;
  return { uri, status, seconds, answer };
}

/** Each service is asked for the form that the client gets; one outside of the chain may answer as it likes. */
const JSON_FIRST = 'application/json, */*;q=0.5';
const TEXT_FIRST = 'text/plain, */*;q=0.5';

function pathWith({ pathname, search }: URL, query: string): string {
  if (query === '') return pathname + search;
  return `${pathname}${search === '' ? '?' : `${search}&`}${query}`;
}

/** The text itself where it is not the JSON that it claims to be. */
function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
