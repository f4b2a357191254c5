import pc from 'picocolors';
import { CommandFailure } from '#mesh/cli/command-failure.ts';
import { type CliContext, wantsColor } from '#mesh/cli/context.ts';
import { formatJson } from '#mesh/cli/output/data.ts';
import type { Invocation } from '#mesh/cli/session.ts';
import { type ReachableTraces, reachTraces, readTrace, searchTraces } from '#mesh/cli/traces/read-traces.ts';
import { formatTraceList } from '#mesh/cli/traces/trace-list.ts';
import { formatWaterfall } from '#mesh/cli/traces/waterfall.ts';
import { isTraceId, traceId } from '#mesh/traces/ids.ts';
import { readForm } from '#mesh/traces/query/form-query.ts';

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
      `error: "${id}" is no trace id: it has 16 or 32 hexadecimal digits; see mesh traces`,
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
  return `No trace fits. Spans arrive some seconds after their request; the page is ${from.page}\n`;
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
