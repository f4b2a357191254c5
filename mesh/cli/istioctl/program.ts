import type { Command } from 'commander';
import { withNamespace } from '#mesh/cli/flags.ts';
import { addIstioctlCommands } from '#mesh/cli/istioctl/commands.ts';
import { action, type Session } from '#mesh/cli/session.ts';

/** `istioctl` inside `mesh shell`. */
export function defineIstioctl(program: Command, session: Session): Command {
  withNamespace(program).description('istioctl for the laptop mesh');
  addIstioctlCommands(program, session);
  program
    .command('version')
    .description('the version of this laptop mesh')
    .option('--remote [yes]', 'accepted')
    .action(action(session, async (call) => (await import('#mesh/cli/lifecycle/version.ts')).version(call)));
  return program;
}
