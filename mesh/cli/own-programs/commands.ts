import type { Command } from 'commander';
import { action, type Session } from '#mesh/cli/context.ts';
import type { ImportFlags } from '#mesh/cli/importing/import.ts';
import type { RunFlags } from '#mesh/cli/own-programs/run.ts';
import { flagValue, type NamespaceFlags, wholeNumber, withNamespace } from '#mesh/cli/usage-error.ts';

/** `mesh run` and `mesh replace`. */
export function addOwnPrograms(parent: Command, session: Session): void {
  withNamespace(parent.command('run <name> <command...>'))
    .description('run your own program as a workload of the mesh: mesh run NAME -- COMMAND…')
    .option('-p, --port <number>', 'the port that its manifest would declare', wholeNumber, 8080)
    .action(
      action<RunFlags>(session, async (call) => (await import('#mesh/cli/own-programs/run.ts')).run(call)),
    );
  withNamespace(parent.command('replace <deployment> <command...>'))
    .description("run your own program in place of a Deployment's pods: mesh replace deploy/NAME -- COMMAND…")
    .action(
      action<NamespaceFlags>(session, async (call) =>
        (await import('#mesh/cli/own-programs/replace.ts')).replace(call),
      ),
    );
}

/** `mesh import`. */
export function addImport(parent: Command, session: Session): void {
  parent
    .command('import')
    .description(
      'copy workloads, Services and the objects of Istio and of the Gateway API from a cluster, but no Secrets',
    )
    .option('--context <name>', "the cluster, by its name in kubectl's configuration", flagValue)
    .option('-n, --namespace <name>', 'one namespace; by default, all but those of the system', flagValue)
    .option('-d, --directory <folder>', 'where to write the manifests', flagValue, 'imported')
    .option('--up', 'then start a mesh with them')
    .action(
      action<ImportFlags>(session, async (call) =>
        (await import('#mesh/cli/importing/import.ts')).importCluster(call),
      ),
    );
}
