import { TracesTargetError } from '#mesh/run/traces/traces-target.ts';

/**
 * Where the embedded collector is to be: the variable TRACES_PORT, 0 for any free port, undefined for the customary
 * ones.
 */
export function tracesPortOf(env: NodeJS.ProcessEnv): number | undefined {
  const text = env['TRACES_PORT'];
  if (!text) return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new TracesTargetError(
    `TRACES_PORT=${text} is not a port: give a number from 1 to 65535, or 0 for a free one`,
  );
}
