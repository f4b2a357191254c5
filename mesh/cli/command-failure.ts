/** Ends a command: the message goes to stderr as it is, the exit code to the shell. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly exitCode: number;

  constructor(message: string, options: { readonly exitCode?: number; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.exitCode = options.exitCode ?? 1;
  }
}

/** kubectl's text for an object that is not there. */
export function notFound(resource: string, name: string): CommandFailure {
  return new CommandFailure(`Error from server (NotFound): ${resource} "${name}" not found`);
}
