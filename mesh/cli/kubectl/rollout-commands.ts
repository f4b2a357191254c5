import { type Command, InvalidArgumentError } from 'commander';
import { flagValue, withNamespace, withSelector } from '#mesh/cli/flags.ts';
import { action, type Session } from '#mesh/cli/session.ts';

/** The verbs about time: restart, wait. */
export function addRolloutCommands(parent: Command, session: Session): void {
  const rollout = parent.command('rollout').description('restart deployments, and wait for them');
  withSelector(withNamespace(rollout.command('restart <resources...>')))
    .description('replace pods by new ones, ready before the old ones go')
    .action(
      action(session, async (call) => (await import('#mesh/cli/kubectl/rollout.ts')).rolloutRestart(call)),
    );
  withNamespace(rollout.command('status <resources...>'))
    .description('wait until every replica is available')
    .option('--timeout <duration>', 'as in 60s', milliseconds)
    .action(
      action(session, async (call) => (await import('#mesh/cli/kubectl/rollout.ts')).rolloutStatus(call)),
    );
  withSelector(withNamespace(parent.command('wait <resources...>')))
    .description('wait for --for=condition=Ready, condition=Available or delete')
    .option('--for <condition>', 'what to wait for', flagValue)
    .option('--timeout <duration>', 'as in 60s; 30s unless given', milliseconds)
    .option('--all', 'every object of the kind')
    .action(action(session, async (call) => (await import('#mesh/cli/kubectl/wait.ts')).wait(call)));
}

const unit: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

function milliseconds(value: string): number {
  const parts = [...flagValue(value).matchAll(/(\d+)(ms|s|m|h)/g)];
  if (parts.map(([part]) => part).join('') !== flagValue(value) || parts.length === 0) {
    throw new InvalidArgumentError('It must be a duration such as 30s or 2m.');
  }
  return parts.reduce((sum, [, amount, name = 's']) => sum + Number(amount) * (unit[name] ?? 0), 0);
}
