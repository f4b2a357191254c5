/** Declared ports and the local ports that stand in for them. */
export type PortMap = ReadonlyMap<number, number>;

export const PORT_MAP_FORM = 'declared:local port pairs, such as 80:41233,3000:41234';

/**
 * Reads `80:41233,3000:41234`. A laptop has one loopback address, so pods that declare the same port each
 * need another port there; in a cluster the variable is unset.
 */
export function parsePortMap(text: string): PortMap | undefined {
  const pairs = text.split(',').map((pair) => /^\s*(\d+):(\d+)\s*$/.exec(pair));
  const ports = new Map(pairs.map((match) => [Number(match?.[1]), Number(match?.[2])]));
  const valid = [...ports].flat().every((port) => port >= 0 && port <= 65_535);
  return valid ? ports : undefined;
}

/** The port to listen on for a declared one. With a map, a port that is not in it becomes any free one (0). */
export function localPort(declared: number, ports: PortMap | undefined): number {
  return ports ? (ports.get(declared) ?? 0) : declared;
}
