import type { Command } from 'commander';
import { collect, flagValue, withNamespace } from '#mesh/cli/flags.ts';
import { action, type Session } from '#mesh/cli/session.ts';

/** `mesh explain`. */
export function addExplain(parent: Command, session: Session): void {
  withNamespace(parent.command('explain <words...>'))
    .description('where a request would go, and which line of which file decides it: [METHOD] URL')
    .option('-H, --header <header>', "a header of the request, as in 'x-dev-user: super-secret'", collect)
    .option('--from <pod>', 'the caller: gateway, a pod, or the start of its name', flagValue)
    .option('-o, --output <format>', 'json', flagValue)
    .action(action(session, async (call) => (await import('#mesh/cli/lifecycle/explain.ts')).explain(call)));
}
