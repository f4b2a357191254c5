import { type Command, Option } from 'commander';
import { action, type Session } from '#mesh/cli/session.ts';

/** `mesh metrics`. */
export function addMetrics(parent: Command, session: Session): void {
  parent
    .command('metrics')
    .description("who asked whom, how often, and how long it took: Istio's standard metrics of the mesh")
    .addOption(new Option('-o, --output <format>', 'instead of a table').choices(['json', 'prometheus']))
    .option('--prometheus-config', 'print a prometheus.yml that scrapes the running mesh')
    .action(action(session, async (call) => (await import('#mesh/cli/metrics/metrics.ts')).metrics(call)));
}
