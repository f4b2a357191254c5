import { type Command, Option } from 'commander';
import { action, type Session } from '#mesh/cli/context.ts';
import type { KubeconfigFlags } from '#mesh/cli/kubeconfig/kubeconfig.ts';

/** `mesh kubeconfig`. */
export function addKubeconfig(parent: Command, session: Session): void {
  parent
    .command('kubeconfig')
    .description('show the kubeconfig by which kubectl and other tools reach the mesh, and how to use it')
    .option('--merge', 'add the context mesh101 to your own kubeconfig, until `mesh down` removes it')
    .addOption(new Option('--use', 'like --merge, and make it the current context').implies({ merge: true }))
    .addOption(new Option('--print', 'print the file itself').conflicts(['merge', 'use']))
    .action(
      action<KubeconfigFlags>(session, async (call) =>
        (await import('#mesh/cli/kubeconfig/kubeconfig.ts')).kubeconfig(call),
      ),
    );
}
