import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { type Guardian, startGuardian } from '#mesh/kubelet/process/guardian.ts';
import { runnerOf, stateDirectory } from '#mesh/kubelet/state/state-directory.ts';
import { type Client, connect } from '#mesh/run/client.ts';
import { KubeClient } from '#mesh/run/testing/kube-client.ts';
import { kubectl as realKubectl } from '#test/components/kubectl.ts';

export const ROOT = join(import.meta.dirname, '..');
export const MESH = join(ROOT, 'bin/mesh');
const run = promisify(execFile);

/** A laptop mesh in a state directory of its own; the user's mesh is left in peace. */
export interface OwnMesh {
  readonly client: Client;
  readonly kube: KubeClient;
  readonly gatewayUrl: string;
  /** The environment in which `mesh` means this one. */
  readonly env: NodeJS.ProcessEnv;
  /** Runs `mesh …` for this mesh and gives what it prints. */
  cli(...args: string[]): Promise<string>;
  /** Runs the real kubectl on this mesh and gives what it prints. */
  kubectl(...args: string[]): Promise<string>;
  close(): Promise<void>;
}

/** `mesh up` with these arguments, by default for the whole chain. */
export async function startOwnMesh(...upArguments: readonly string[]): Promise<OwnMesh> {
  const home = await mkdtemp(join(tmpdir(), 'mesh101-'));
  // The customary ports are left to the user's own mesh.
  const env = { ...process.env, MESH_HOME: home, TRACES_PORT: '0', KUBECACHEDIR: join(home, 'kubectl') };
  const cli = async (...args: string[]) => (await run(MESH, args, { env, cwd: ROOT })).stdout;
  const toMesh = { ...env, KUBECONFIG: join(home, 'kubeconfig') };
  const kubectl = async (...args: string[]) =>
    (await run(realKubectl.path, args, { env: toMesh, cwd: ROOT })).stdout;
  let guardian: Guardian | undefined;
  const close = async () => {
    await cli('down');
    guardian?.end();
    await rm(home, { recursive: true, force: true });
  };
  try {
    await cli('up', ...upArguments);
    const state = stateDirectory(env, ROOT);
    // A test run that is broken off leaves no mesh behind.
    guardian = startGuardian(runnerOf(state) ?? 0);
    const client = await connect(state);
    const gatewayUrl = (await client?.overview())?.gatewayUrl;
    if (!client || !gatewayUrl) throw new Error('the mesh has no gateway');
    const kube = new KubeClient(join(home, 'kubeconfig'));
    return { client, kube, gatewayUrl, env, cli, kubectl, close };
  } catch (cause) {
    await close();
    const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string };
    throw new Error(`the mesh did not start:\n${stdout}${stderr}`, { cause });
  }
}
