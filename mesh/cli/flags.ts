import { type Command, InvalidArgumentError } from 'commander';

/** Flags that commands share, by their kubectl meaning. */
export interface NamespaceFlags {
  readonly namespace?: string;
  readonly allNamespaces?: boolean;
}

export interface SelectorFlags {
  readonly selector?: string;
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
  return command.option('-n, --namespace <name>', 'the namespace, `default` unless given', flagValue);
}

export function withAllNamespaces(command: Command): Command {
  return withNamespace(command).option('-A, --all-namespaces', 'every namespace');
}

export function withSelector(command: Command): Command {
  return command.option(
    '-l, --selector <labels>',
    'only objects with these labels, as in app=web,version!=v1',
    flagValue,
  );
}

export function withFiles(command: Command): Command {
  return command
    .option(
      '-f, --filename <file|dir|->',
      'a manifest, a folder of manifests, or - for standard input',
      collectFiles,
    )
    .option('-R, --recursive', 'folders below the named ones too');
}

export function namespaceOf(flags: NamespaceFlags): string {
  return flags.namespace ?? 'default';
}
