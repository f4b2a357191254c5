import type { Downstream, OngoingCall } from '#platform/downstream.ts';
import { secondsSince } from '#platform/duration.ts';
import type { OutgoingHeaders } from '#platform/headers.ts';
import { parseJson } from '#platform/parse-json.ts';
import type { TraceReference } from '#platform/tracing/trace-reference.ts';
import type { UpstreamCall } from '#services/chain/hop.ts';
import type { Upstream } from '#services/chain/upstream.ts';

interface CallOptions {
  readonly upstreams: readonly Upstream[];
  readonly workers: number;
  readonly headers: OutgoingHeaders;
  /** The request for which the calls are made. */
  readonly trace: TraceReference | undefined;
  /** Parse answers in JSON, so that they become a tree; else they are text. */
  readonly json: boolean;
  /** Gets each call, to cancel it when nobody needs its answer any more. */
  readonly calls: OngoingCall[];
}

/** Calls every upstream, `workers` at a time, and gives the results in the upstreams' order. */
export async function callUpstreams(
  downstream: Downstream,
  options: CallOptions,
): Promise<readonly UpstreamCall[]> {
  const { upstreams, workers } = options;
  // Nearly every hop has one upstream, and its requests should not pay for the others' book-keeping.
  const [only] = upstreams;
  if (only && upstreams.length === 1) return [await callOne(downstream, only, options)];
  const results: UpstreamCall[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let upstream = upstreams[next]; upstream; upstream = upstreams[next]) {
      const index = next++;
      results[index] = await callOne(downstream, upstream, options);
    }
  };
  await Promise.all(Array.from({ length: Math.min(workers, upstreams.length) }, work));
  return results;
}

async function callOne(
  downstream: Downstream,
  { origin, path, uri }: Upstream,
  { headers, trace, json, calls }: CallOptions,
): Promise<UpstreamCall> {
  const startedAt = performance.now();
  const call = downstream.get({ origin, path, headers, trace });
  calls.push(call);
  const result = await call.result;
  const seconds = secondsSince(startedAt);
  if (result.kind === 'failure') return { uri, status: result.status, seconds, error: result.reason };
  const { status, body } = result;
  const answer = json && result.headers['content-type']?.includes('json') ? parsed(body) : body;
  return { uri, status, seconds, answer };
}

/** The text itself if it is not the JSON that it claims to be. */
function parsed(body: string): unknown {
  try {
    return parseJson(body);
  } catch {
    return body;
  }
}
