import type { Command } from 'commander';
import { action, type Session } from '#mesh/cli/context.ts';
import type { TracesFlags } from '#mesh/cli/traces/traces.ts';
import { collect, flagValue } from '#mesh/cli/usage-error.ts';

/** `mesh traces`. */
export function addTraces(parent: Command, session: Session): void {
  parent
    .command('traces [id]')
    .description('show the last traces, or one of them as a waterfall')
    .option('--service <name>', 'only traces in which this service takes part', flagValue)
    .option('--operation <name>', 'only traces with a span of this name', flagValue)
    .option('--min-duration <time>', 'only traces that took at least this long, as in 100ms, 1.5s', flagValue)
    .option('--max-duration <time>', 'only traces that took at most this long', flagValue)
    .option('--error', 'only traces in which something failed')
    .option('--tag <tag>', 'only traces with this tag, as in http.status_code=503; may be repeated', collect)
    .option('--since <time>', 'only traces of the last minutes, as in 15m', flagValue)
    .option('--limit <number>', 'how many, the newest first; by default 20', flagValue)
    .option('-o, --output <format>', "json: the spans, in Zipkin's format", flagValue)
    .action(
      action<TracesFlags>(session, async (call) => (await import('#mesh/cli/traces/traces.ts')).traces(call)),
    );
}
