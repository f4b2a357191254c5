import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { CONTROL_PLANE } from '#test/conformance/reference/addresses.ts';

export const logFile = (home: string, name: string): string => join(home, 'log', `${name}.log`);

export interface Start {
  readonly home: string;
  readonly name: string;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a program that ends with the process namespace; what it says goes to its log. */
export function start({ home, name, command: [program = '', ...words], env = {} }: Start): void {
  const log = logFile(home, name);
  const file = openSync(log, 'a');
  // A proxy of another user opens its standard output again.
  chmodSync(log, 0o666);
  spawn(program, words, { stdio: ['ignore', file, file], env: { ...process.env, ...env } });
}

/** The bridge that all pods are on. */
export function bridge(): void {
  shell(
    'mount -t tmpfs none /run && mkdir -p /run/netns && ip link set lo up && ip link add br0 type bridge',
  );
  shell(`ip addr add ${CONTROL_PLANE}/16 dev br0 && ip link set br0 up`);
}

/** A network namespace with an address on the bridge. */
export function network(name: string, address: string): void {
  const link = `h${name}`;
  shell(`ip netns add ${name} && ip link add ${link} type veth peer name eth0 netns ${name}`);
  shell(`ip link set ${link} master br0 up && ip -n ${name} addr add ${address}/16 dev eth0`);
  shell(`ip -n ${name} link set lo up && ip -n ${name} link set eth0 up`);
  shell(`ip -n ${name} route add default via ${CONTROL_PLANE}`);
}

function shell(command: string): void {
  execFileSync('sh', ['-c', command]);
}

/** Polls until a condition holds; false when that does not come in time. */
export async function holds(condition: () => Promise<boolean>, patience: number): Promise<boolean> {
  const end = performance.now() + patience;
  while (!(await condition())) {
    if (performance.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return true;
}
