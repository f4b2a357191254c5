import { CommandFailure } from '#mesh/cli/command-failure.ts';
import type { CliContext } from '#mesh/cli/context.ts';
import { commandTree, programName } from '#mesh/cli/program.ts';
import type { Session } from '#mesh/cli/session.ts';
import { UsageError } from '#mesh/cli/usage-error.ts';

/** The command line. Takes the words after the program's name and resolves with the exit code. */
export async function main(argv: readonly string[], context: CliContext): Promise<number> {
  const name = programName(argv[0]);
  const words = name === 'mesh' ? argv : argv.slice(1);
  const session: Session = { context, argv: words, exitCode: 0 };
  try {
    await commandTree(name, session).parseAsync(words, { from: 'user' });
    return session.exitCode;
  } catch (error) {
    return report(error, context.stderr);
  }
}

/** A refusal by the runner, a wrong word or a failed command is one message; anything else is a bug of this program. */
function report(error: unknown, stderr: NodeJS.WritableStream): number {
  if (error instanceof CommandFailure || error instanceof UsageError) {
    if (error.message) stderr.write(`${error.message}\n`);
    return error.exitCode;
  }
  if (isCutOff(error)) {
    stderr.write('error: the mesh ended before it had answered; `.mesh/mesh.log` tells why\n');
    return 1;
  }
  if (!(error instanceof Error) || !('status' in error)) throw error;
  stderr.write(`Error from server${error.status === 404 ? ' (NotFound)' : ''}: ${error.message}\n`);
  return 1;
}

/** The runner's end of the socket is gone. */
function isCutOff(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['ECONNRESET', 'EPIPE'].includes(String(error.code));
}
