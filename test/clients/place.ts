import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where the commands of one table run. */
export interface Place {
  /** A folder with a copy of the tables' files. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** The name of the only node, which the tables call laptop. */
  readonly node: string;
  close(): void;
}

/** A folder of the table's own with a copy of the kubeconfig, whose namespace is new and has the table's name. */
export function openPlace(name: string, given: NodeJS.ProcessEnv): Place {
  const folder = mkdtempSync(join(tmpdir(), 'mesh101-clients-'));
  cpSync(join(import.meta.dirname, 'files'), folder, { recursive: true });
  cpSync(join(import.meta.dirname, 'chart'), join(folder, 'chart'), { recursive: true });
  const kubeconfig = join(folder, '.kube/config');
  cpSync(given['KUBECONFIG'] ?? '', kubeconfig);
  const env = {
    ...{ PATH: given['PATH'], HOME: folder, KUBECONFIG: kubeconfig },
    ...{ TERM: 'dumb', LC_ALL: 'C', TZ: 'UTC' },
    KUBECTL_REMOTE_COMMAND_WEBSOCKETS: given['KUBECTL_REMOTE_COMMAND_WEBSOCKETS'],
  };
  const kubectl = (input: string, ...args: string[]) =>
    execFileSync('kubectl', args, { cwd: folder, env, input, encoding: 'utf8' });
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  // A cluster may still be emptying the one of an earlier run.
  kubectl('', 'delete', 'namespace', name, '--ignore-not-found');
  kubectl(JSON.stringify(namespace), 'create', '-f', '-');
  kubectl('', 'config', 'set-context', '--current', `--namespace=${name}`);
  const close = () => {
    kubectl('', 'delete', 'namespace', name, '--wait=false', '--ignore-not-found');
    rmSync(folder, { recursive: true, force: true });
  };
  const node = kubectl('', 'get', 'nodes', '-o', 'jsonpath={.items[0].metadata.name}');
  return { folder, env, node, close };
}
