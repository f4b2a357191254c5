import { sep } from 'node:path';
import { Command } from 'commander';
import type { CliContext, Session } from '#mesh/cli/context.ts';
import { defineMesh } from '#mesh/cli/lifecycle/program.ts';
import { CommandFailure, UsageError } from '#mesh/cli/usage-error.ts';

/** The command line. Takes the words after the program's name and resolves with the exit code. */
export async function main(argv: readonly string[], context: CliContext): Promise<number> {
  const session: Session = { context, argv, exitCode: 0 };
  try {
    await commandTree(session).parseAsync(argv, { from: 'user' });
    return session.exitCode;
  } catch (error) {
    return report(error, context);
  }
}

/** A refusal by the runner, a wrong word or a failed command is one message; anything else is a bug in this program. */
function report(error: unknown, { stderr, stateRoot }: CliContext): number {
  if (error instanceof CommandFailure || error instanceof UsageError) {
    if (error.message) stderr.write(`${error.message}\n`);
    return error.exitCode;
  }
  if (isCutOff(error)) {
    stderr.write('error: the mesh ended before it answered; `.mesh/mesh.log` says why\n');
    return 1;
  }
  const refused = systemFailure(error, stateRoot);
  if (refused !== undefined) {
    stderr.write(`${refused}\n`);
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

/** The command tree; it prints to the session's streams and throws a UsageError for words it does not know. */
function commandTree(session: Session): Command {
  const program = new Command('mesh')
    .enablePositionalOptions()
    .helpCommand('help [command]', 'explain a command');
  defineMesh(program, session);
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
      // The UsageError says it, with what is supported.
      outputError: () => undefined,
    })
    .exitOverride((error) => {
      throw new UsageError(command, error);
    });
  for (const child of command.commands) configure(child, session);
}

const reasons: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['EROFS', 'the file system is read-only'],
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', 'the disk quota is used up'],
  ['ENOTDIR', 'a part of the path is not a folder'],
  ['ENOENT', 'a part of the path does not exist'],
  ['EMFILE', 'too many files are open (see `ulimit -n`)'],
]);

/** System calls that change nothing. */
const looks: ReadonlySet<string> = new Set(['open', 'scandir', 'stat', 'connect']);

/** One sentence about a file that the machine refuses, and a way around it; undefined for any other error. */
function systemFailure(error: unknown, stateRoot: string): string | undefined {
  const {
    code = '',
    syscall,
    address,
    path = address,
  } = error as NodeJS.ErrnoException & { address?: string };
  const reason = reasons.get(code);
  if (!(error instanceof Error) || reason === undefined || path === undefined) return undefined;
  const done = syscall !== undefined && looks.has(syscall) ? 'used' : 'written';
  return `error: ${path} cannot be ${done}: ${reason}${wayAround(path, stateRoot)}`;
}

function wayAround(path: string, stateRoot: string): string {
  if (path.startsWith(stateRoot)) return "; the variable MESH_HOME names another folder for the mesh's state";
  if (path.includes(`${sep}mesh101`)) return '; XDG_CACHE_HOME names another folder for downloads';
  return '';
}
