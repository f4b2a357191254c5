import { type Command, type CommanderError, InvalidArgumentError } from 'commander';

/** Words or flags that a command does not know; or help was asked for (exit code 0). */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly exitCode: number;

  constructor(command: Command, cause: CommanderError) {
    super(cause.exitCode === 0 ? '' : explain(command, cause), { cause });
    this.exitCode = cause.exitCode;
  }
}

function explain(command: Command, { code, message }: CommanderError): string {
  // Commander has printed the command's help already.
  if (code === 'commander.help') return '';
  const lines = [message];
  if (code === 'commander.unknownCommand') {
    lines.push(`${fullName(command)} has: ${names(command).join(', ')}${elsewhere(command)}`);
  } else if (code === 'commander.unknownOption') {
    lines.push(
      `${fullName(command)} has the flags: ${flags(command).join(', ') || 'none'}${elsewhere(command)}`,
    );
  }
  return lines.join('\n');
}

/** Many words that `mesh` does not know belong to Kubernetes' own tools. */
function elsewhere(command: Command): string {
  return command.parent ? '' : '. For everything else, use kubectl and istioctl in `mesh shell`.';
}

function fullName(command: Command): string {
  return command.parent ? `${fullName(command.parent)} ${command.name()}` : command.name();
}

function names(command: Command): readonly string[] {
  return command.commands.map((child) => child.name());
}

function flags(command: Command): readonly string[] {
  return command.options.map(({ short, long }) => [short, long].filter(Boolean).join('/'));
}

/** Ends a command: the message goes to stderr as it is, the exit code to the shell. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly exitCode: number;

  constructor(message: string, options: { readonly exitCode?: number; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.exitCode = options.exitCode ?? 1;
  }
}

/** Flags that commands share, by their kubectl meaning. */
export interface NamespaceFlags {
  readonly namespace?: string;
}

export interface FileFlags {
  readonly filename?: readonly string[];
  readonly recursive?: boolean;
}

/** kubectl takes `-n=x` for `-n x`; commander hands over `=x`. */
export function flagValue(value: string): string {
  return value.replace(/^=/, '');
}

/** A flag that may be repeated. */
export function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, flagValue(value)];
}

/** `-f a -f b` and `-f a,b`. */
function collectFiles(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, ...flagValue(value).split(',')];
}

export function wholeNumber(value: string): number {
  const number = Number(flagValue(value));
  if (!Number.isInteger(number)) throw new InvalidArgumentError('It must be a whole number.');
  return number;
}

export function withNamespace(command: Command): Command {
  return command.option('-n, --namespace <name>', 'the namespace; by default `default`', flagValue);
}

export function withFiles(command: Command): Command {
  return command
    .option(
      '-f, --filename <file|dir|->',
      'a manifest, a folder of manifests, or - for standard input',
      collectFiles,
    )
    .option('-R, --recursive', 'also read the folders below');
}

export function namespaceOf(flags: NamespaceFlags): string {
  return flags.namespace ?? 'default';
}
