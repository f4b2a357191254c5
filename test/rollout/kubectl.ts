import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs kubectl with these arguments and gives what it prints; rejects with what it complains of. */
export type Kubectl = (...args: string[]) => Promise<string>;

/** The kubectl on PATH, in kubectl's current context. */
export function kubectlIn(namespace: string): Kubectl {
  return async (...args) => (await run('kubectl', ['-n', namespace, ...args])).stdout;
}

export interface NamedObject {
  readonly metadata: { readonly name: string };
}

export interface DeploymentObject extends NamedObject {
  readonly spec: { readonly selector: { readonly matchLabels: Readonly<Record<string, string>> } };
}

/** The objects that `kubectl get` finds. */
export async function list<T extends NamedObject>(
  kubectl: Kubectl,
  ...args: string[]
): Promise<readonly T[]> {
  return (JSON.parse(await kubectl('get', ...args, '-o', 'json')) as { items: T[] }).items;
}
