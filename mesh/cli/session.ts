import type { Command } from 'commander';
import type { CliContext } from '#mesh/cli/context.ts';

/** One run of the command line. */
export interface Session {
  readonly context: CliContext;
  /** The words after the program's name, as typed. */
  readonly argv: readonly string[];
  exitCode: number;
}

/** What a command is given: the words that are no flags, and its flags with those before the verb. */
export interface Invocation<Options> {
  readonly context: CliContext;
  readonly operands: readonly string[];
  readonly options: Options;
  readonly argv: readonly string[];
}

/** Every flag of one command; absent ones were not given. */
export type Handler<Options> = (invocation: Invocation<Options>) => Promise<number>;

/**
 * Makes a commander action of a handler that resolves with the exit code. Handlers import their code when they run,
 * so that `mesh get` does not load what `mesh up` needs.
 */
export function action<Options extends object>(session: Session, handler: Handler<Options>) {
  return async (...received: unknown[]): Promise<void> => {
    const command = received.at(-1) as Command;
    session.exitCode = await handler({
      context: session.context,
      operands: command.args,
      options: command.optsWithGlobals<Options>(),
      argv: session.argv,
    });
  };
}
