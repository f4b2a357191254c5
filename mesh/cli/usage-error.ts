import type { Command, CommanderError } from 'commander';

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

/** kubectl and istioctl know more than their laptop editions do. */
function elsewhere(command: Command): string {
  return /^(mesh )?(kubectl|istioctl)\b/.test(fullName(command)) ? '. The rest needs a cluster.' : '';
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
