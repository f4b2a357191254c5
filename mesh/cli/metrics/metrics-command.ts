import { type Command, Option } from 'commander';
import { action, type Session } from '#mesh/cli/context.ts';

/** `mesh metrics`. */
export function addMetrics(parent: Command, session: Session): void {
  parent
    .command('metrics')
    .description(
      "show who called whom, how often, how fast, and the share of errors: Istio's standard metrics",
    )
    .addOption(
      new Option('-o, --output <format>', 'print this instead of a table').choices(['json', 'prometheus']),
    )
    .option('--prometheus-config', 'print a prometheus.yml that scrapes the running mesh')
    .action(action(session, async (call) => (await import('#mesh/cli/metrics/metrics.ts')).metrics(call)));
}
