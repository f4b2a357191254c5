import { parseArgs } from 'node:util';

export interface RolloutOptions {
  readonly namespace: string;
  readonly selector: string;
  /** The gateway's address; looked up where it is missing. */
  readonly url?: string;
  readonly host?: string;
  readonly connections: number;
  readonly rounds: number;
  readonly output: 'text' | 'json';
}

export const USAGE =
  'usage: rollout [-n NAMESPACE] [-l SELECTOR] [--url GATEWAY] [--host NAME] [--connections N] [--rounds N] [-o text|json]\n';

const OPTIONS = {
  namespace: { type: 'string', short: 'n', default: 'default' },
  selector: { type: 'string', short: 'l', default: 'app.kubernetes.io/part-of=chain' },
  url: { type: 'string' },
  host: { type: 'string' },
  connections: { type: 'string', default: '8' },
  rounds: { type: 'string', default: '1' },
  output: { type: 'string', short: 'o', default: 'text' },
} as const;

/** The command line's words; undefined when they are not those of {@link USAGE}. */
export function parseOptions(args: readonly string[]): RolloutOptions | undefined {
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    const { namespace, selector, url, host, output } = values;
    const [connections, rounds] = [Number(values.connections), Number(values.rounds)];
    const counts = [connections, rounds].every((count) => Number.isInteger(count) && count > 0);
    if (!counts || (output !== 'text' && output !== 'json')) return undefined;
    return {
      ...{ namespace, selector, connections, rounds, output },
      ...(url !== undefined && { url }),
      ...(host !== undefined && { host }),
    };
  } catch {
    return undefined;
  }
}
