/** What the command line asks for. */
export interface EchoArguments {
  /** Declared ports; it listens on each. */
  readonly ports: readonly number[];
  /** Begins each line that goes back. */
  readonly prefix: string;
}

export const USAGE =
  'tcp-echo PORTS PREFIX: ports from 0 to 65535 with commas between them, and one line of text, such as tcp-echo 9000,9001 one';

/**
 * Reads `9000,9001,9002 one`, the arguments of Istio's tcp-echo-server; undefined for anything else. Without arguments
 * it is PORT where that is set and 9000 otherwise, and `hello`.
 */
export function parseArguments(args: readonly string[], port: number | undefined): EchoArguments | undefined {
  const [ports = String(port ?? 9000), prefix = 'hello', ...more] = args;
  if (more.length > 0 || /[\r\n]/.test(prefix) || !/^\d{1,5}(,\d{1,5})*$/.test(ports)) return undefined;
  const numbers = [...new Set(ports.split(',').map(Number))];
  return numbers.every((number) => number <= 65_535) ? { ports: numbers, prefix } : undefined;
}
