import { Command } from 'commander';
import { defineIstioctl } from '#mesh/cli/istioctl/program.ts';
import { defineKubectl } from '#mesh/cli/kubectl/program.ts';
import { defineMesh } from '#mesh/cli/lifecycle/program.ts';
import type { Session } from '#mesh/cli/session.ts';
import { UsageError } from '#mesh/cli/usage-error.ts';

/** `mesh kubectl …` and `mesh istioctl …` are what the shims in bin/shims run. */
const programs = { mesh: defineMesh, kubectl: defineKubectl, istioctl: defineIstioctl };
type ProgramName = keyof typeof programs;

export function programName(word: string | undefined): ProgramName {
  return word === 'kubectl' || word === 'istioctl' ? word : 'mesh';
}

/** The command tree; it prints to the session's streams and throws a UsageError for words it does not know. */
export function commandTree(name: ProgramName, session: Session): Command {
  const program = new Command(name)
    .enablePositionalOptions()
    .helpCommand('help [command]', 'explain a command');
  programs[name](program, session);
  configure(program, session);
  return program;
}

function configure(command: Command, session: Session): void {
  const { stdout, stderr } = session.context;
  command
    .helpOption('-h, --help', 'explain this command')
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      // The UsageError tells it, with what is supported.
      outputError: () => undefined,
    })
    .exitOverride((error) => {
      throw new UsageError(command, error);
    });
  for (const child of command.commands) configure(child, session);
}
