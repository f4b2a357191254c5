export interface EnvoyArgumentsOptions {
  /** The bootstrap's file, seen from the directory in which Envoy runs. */
  readonly bootstrap: string;
  readonly logLevel?: string;
}

/**
 * The command line of an Envoy. One worker is plenty for a pod on a laptop. There is no hot restart, whose shared
 * memory would make two Envoys collide; a removed listener's connections are drained at once.
 */
export function envoyArguments({
  bootstrap,
  logLevel = 'warning',
}: EnvoyArgumentsOptions): readonly string[] {
  return [
    ...['--config-path', bootstrap],
    ...['--concurrency', '1'],
    '--disable-hot-restart',
    ...['--drain-strategy', 'immediate'],
    ...['--drain-time-s', '5'],
    ...['--file-flush-interval-msec', '100'],
    ...['--log-level', logLevel],
  ];
}
