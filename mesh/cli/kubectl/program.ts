import type { Command } from 'commander';
import { withNamespace } from '#mesh/cli/flags.ts';
import { addKubectlCommands } from '#mesh/cli/kubectl/commands.ts';
import { action, type Session } from '#mesh/cli/session.ts';

/** `kubectl` inside `mesh shell`: the verbs, and what scripts ask a kubectl about itself. */
export function defineKubectl(program: Command, session: Session): Command {
  withNamespace(program).description('kubectl for the laptop mesh');
  addKubectlCommands(program, session);
  const { stdout } = session.context;
  program
    .command('config <question>')
    .description('current-context: which mesh this talks to')
    .action(
      action(session, async ({ operands }) => {
        if (operands[0] !== 'current-context')
          program.error(`error: unknown command "config ${operands[0]}"`);
        stdout.write('laptop-mesh\n');
        return 0;
      }),
    );
  program
    .command('version')
    .description('the version of this laptop mesh')
    .option('--client', 'accepted')
    .action(action(session, async (call) => (await import('#mesh/cli/lifecycle/version.ts')).version(call)));
  return program;
}
