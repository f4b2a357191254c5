import pc from 'picocolors';
import { type CliContext, type Invocation, wantsColor } from '#mesh/cli/context.ts';
import { formatJson } from '#mesh/cli/output/output.ts';
import { formatTraceList, formatWaterfall } from '#mesh/cli/traces/waterfall.ts';
import { CommandFailure } from '#mesh/cli/usage-error.ts';
import type { Overview } from '#mesh/run/api.ts';
import { readForm } from '#mesh/telemetry/traces/query/form-query.ts';
import type { TraceQuery } from '#mesh/telemetry/traces/query/search.ts';
import { toZipkinQuery } from '#mesh/telemetry/traces/query/zipkin-query.ts';
import { toSpans } from '#mesh/telemetry/traces/receive/zipkin.ts';
import { isTraceId, type Span, traceId } from '#mesh/telemetry/traces/span.ts';

export interface TracesFlags {
  readonly service?: string;
  readonly operation?: string;
  readonly minDuration?: string;
  readonly maxDuration?: string;
  readonly error?: boolean;
  readonly tag?: readonly string[];
  readonly since?: string;
  readonly limit?: string;
  readonly output?: string;
}

const defaultLimit = '20';
/** Of a pipe, which has no width. */
const defaultWidth = 120;

/** `mesh traces` lists the last traces; `mesh traces ID` draws one. */
export async function traces({ context, operands, options }: Invocation<TracesFlags>): Promise<number> {
  const [id] = operands;
  if (options.output !== undefined && options.output !== 'json') {
    throw new CommandFailure(`error: unknown output format "${options.output}"; there is json`);
  }
  const query = queryOf(options, context.now());
  if (id !== undefined && !isTraceId(id)) {
    throw new CommandFailure(
      `error: "${id}" is not a trace id, which has 16 or 32 hexadecimal digits; see mesh traces`,
    );
  }
  const { traces: reached } = await (await context.connect()).overview();
  const from = reachTraces(reached);
  const text =
    id === undefined
      ? await listText(context, { from, query, options })
      : await oneText(context, { from, id, options });
  context.stdout.write(text);
  return 0;
}

function queryOf(options: TracesFlags, now: number) {
  const { error, tag, since, limit = defaultLimit, ...form } = options;
  const { query, mistakes } = readForm(
    { ...form, ...(error && { status: 'error' }), tags: tag, lookback: since, limit },
    now,
  );
  const flags: Readonly<Record<string, string>> = {
    minDuration: 'min-duration',
    maxDuration: 'max-duration',
    lookback: 'since',
  };
  const [mistake] = Object.entries(mistakes);
  if (mistake) throw new CommandFailure(`error: --${flags[mistake[0]] ?? mistake[0]}: ${mistake[1]}`);
  return query;
}

interface ListRequest {
  readonly from: ReachableTraces;
  readonly query: ReturnType<typeof queryOf>;
  readonly options: TracesFlags;
}

async function listText(context: CliContext, { from, query, options }: ListRequest): Promise<string> {
  const found = await searchTraces(context, from, query);
  if (options.output === 'json') return formatJson(found);
  if (found.length > 0) return formatTraceList(found);
  return `No trace matches. Spans arrive some seconds after their request; the page is ${from.page}\n`;
}

interface OneRequest {
  readonly from: ReachableTraces;
  readonly id: string;
  readonly options: TracesFlags;
}

async function oneText(context: CliContext, { from, id, options }: OneRequest): Promise<string> {
  const spans = await readTrace(context, from, traceId(id));
  if (options.output === 'json') return formatJson(spans);
  return formatWaterfall(spans, {
    width: widthOf(context),
    colors: pc.createColors(wantsColor(context.stdout, context.env)),
    link: `${from.permalink}${traceId(id)}`,
  });
}

function widthOf({ stdout, env }: CliContext): number {
  const columns = 'columns' in stdout ? Number(stdout.columns) : Number(env['COLUMNS']);
  return columns > 0 ? columns : defaultWidth;
}

/** A server that answers Zipkin's query API: the embedded collector, or a Zipkin in its place. */
interface ReachableTraces {
  readonly api: string;
  readonly page: string;
  /** What comes before a trace's id in the address of its page. */
  readonly permalink: string;
}

/** Where the running mesh's traces can be read, or a failure that says where to look instead. */
function reachTraces(traces: Overview['traces']): ReachableTraces {
  if (!traces) {
    throw new CommandFailure('error: this mesh makes no traces: it was started with --traces-to none');
  }
  const { api, page, embedded } = traces;
  if (api) return { api, page: page.url, permalink: embedded ? `${page.url}/trace/` : `${page.url}traces/` };
  throw new CommandFailure(
    `error: the traces go to ${page.url}, which does not speak Zipkin's query API: read them on its page`,
  );
}

/** The traces that match, each a list of spans. */
async function searchTraces(
  context: CliContext,
  { api }: ReachableTraces,
  query: TraceQuery,
): Promise<readonly (readonly Span[])[]> {
  const { status, text } = await get(context, `${api}/api/v2/traces?${toZipkinQuery(query)}`);
  if (status !== 200) throw new CommandFailure(`error: ${api} refuses the search: ${text.trim()}`);
  return (JSON.parse(text) as unknown[]).map(toSpans);
}

async function readTrace(
  context: CliContext,
  { api }: ReachableTraces,
  id: string,
): Promise<readonly Span[]> {
  const { status, text } = await get(context, `${api}/api/v2/trace/${id}`);
  if (status === 404) {
    throw new CommandFailure(`error: no trace ${id}: it has not arrived yet, or newer ones have replaced it`);
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
