import type { Command } from 'commander';
import { addChangeCommands } from '#mesh/cli/kubectl/change-commands.ts';
import { addReadCommands } from '#mesh/cli/kubectl/read-commands.ts';
import { addRolloutCommands } from '#mesh/cli/kubectl/rollout-commands.ts';
import type { Session } from '#mesh/cli/session.ts';

/** kubectl's verbs, in the order in which help shows them. */
export function addKubectlCommands(parent: Command, session: Session): void {
  addReadCommands(parent, session);
  addChangeCommands(parent, session);
  addRolloutCommands(parent, session);
}
