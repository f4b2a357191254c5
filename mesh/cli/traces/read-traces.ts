import { CommandFailure } from '#mesh/cli/command-failure.ts';
import type { CliContext } from '#mesh/cli/context.ts';
import type { Overview } from '#mesh/run/api.ts';
import type { TraceQuery } from '#mesh/traces/query/query.ts';
import { toZipkinQuery } from '#mesh/traces/query/zipkin-query.ts';
import { toSpans } from '#mesh/traces/receive/zipkin.ts';
import type { Span } from '#mesh/traces/span.ts';

/** A server that answers Zipkin's query API: the embedded collector, or a Zipkin in its place. */
export interface ReachableTraces {
  readonly api: string;
  readonly page: string;
  /** What comes before a trace's id in the address of its page. */
  readonly permalink: string;
}

/** Where the running mesh's traces can be read, or a failure that says where to look instead. */
export function reachTraces(traces: Overview['traces']): ReachableTraces {
  if (!traces) {
    throw new CommandFailure('error: nothing is traced here: the mesh was started with --traces-to none');
  }
  const { api, page, embedded } = traces;
  if (api) return { api, page: page.url, permalink: embedded ? `${page.url}/trace/` : `${page.url}traces/` };
  throw new CommandFailure(
    `error: the traces go to ${page.url}, which does not speak Zipkin's query API: read them on its page`,
  );
}

/** The traces that fit, each a list of spans. */
export async function searchTraces(
  context: CliContext,
  { api }: ReachableTraces,
  query: TraceQuery,
): Promise<readonly (readonly Span[])[]> {
  const { status, text } = await get(context, `${api}/api/v2/traces?${toZipkinQuery(query)}`);
  if (status !== 200) throw new CommandFailure(`error: ${api} refuses the search: ${text.trim()}`);
  return (JSON.parse(text) as unknown[]).map(toSpans);
}

export async function readTrace(
  context: CliContext,
  { api }: ReachableTraces,
  id: string,
): Promise<readonly Span[]> {
  const { status, text } = await get(context, `${api}/api/v2/trace/${id}`);
  if (status === 404) {
    throw new CommandFailure(`error: no trace ${id}: it has not arrived, or has made room for newer ones`);
  }
  if (status !== 200) throw new CommandFailure(`error: ${api} answers ${status}: ${text.trim()}`);
  return toSpans(JSON.parse(text));
}

async function get({ fetchText }: CliContext, url: string) {
  try {
    return await fetchText(url);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CommandFailure(`error: no answer from ${url}: ${reason}`, { cause });
  }
}
