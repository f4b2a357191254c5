import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { OutboundPolicy } from '#mesh/istiod/model/mesh.ts';
import { createPorts } from '#mesh/kubelet/ports/ports.ts';
import { isAlive } from '#mesh/kubelet/process/alive.ts';
import type { ApplyResponse, KubernetesObject } from '#mesh/run/api.ts';
import type { Client } from '#mesh/run/client.ts';
import { type StartOptions, startRunner } from '#mesh/run/start-runner.ts';
import { KubeClient } from '#mesh/run/testing/kube-client.ts';

const testdata = fileURLToPath(new URL('../testdata', import.meta.url));

/** A runner in a separate process, for tests, with what they need of it. */
export interface StartedMesh {
  readonly client: Client;
  /** The Kubernetes API, as the mesh's kubeconfig leads there. */
  readonly kube: KubeClient;
  readonly pid: number;
  readonly home: string;
  readonly gatewayUrl: string;
  readonly ended: Promise<string>;
  apply(text: string, file?: string): Promise<ApplyResponse>;
  /** Resolves when everything is ready; the reason when that does not come. */
  ready(): Promise<string>;
  get(path: string): Promise<{ readonly status: number; readonly text: string }>;
  pods(): Promise<readonly KubernetesObject[]>;
  /** Everything that the runner started and that still lives, as `pid command`. */
  processes(): readonly string[];
  end(): Promise<void>;
}

export function manifest(name: string): string {
  return readFileSync(join(testdata, name), 'utf8');
}

export async function startMesh(
  variables: NodeJS.ProcessEnv = {},
  outboundPolicy: OutboundPolicy = 'REGISTRY_ONLY',
  more: Pick<StartOptions, 'noStandIns' | 'containers'> = {},
): Promise<StartedMesh> {
  const home = mkdtempSync(join(tmpdir(), 'mesh101-test-'));
  const env = {
    ...process.env,
    MESH_HOME: home,
    MESH_IMAGES: join(testdata, 'images.yaml'),
    TRACES_PORT: '0',
    GATEWAY_PORT: await portOfOwn(),
    ...variables,
  };
  const options = {
    env,
    cwd: process.cwd(),
    live: false,
    outboundPolicy,
    ...more,
    // Whatever way this process ends, nothing of the mesh is left.
    foreground: true,
  };
  const { client, pid, ended } = await startRunner(options).catch((error: unknown) => {
    rmSync(home, { recursive: true, force: true });
    throw error;
  });
  const gatewayUrl = (await client.overview()).gatewayUrl ?? '';
  const kube = new KubeClient(join(env.MESH_HOME, 'kubeconfig'));
  return {
    ...{ client, kube, pid, home, gatewayUrl, ended },
    apply: (text, file = 'test.yaml') => client.apply({ files: [{ file, text }], namespace: 'default' }),
    ready: () => untilReady(client),
    get: async (path) => {
      const response = await fetch(`${gatewayUrl}${path}`, { headers: { connection: 'close' } });
      return { status: response.status, text: await response.text() };
    },
    pods: () => client.objects({ kind: 'Pod', namespace: 'default' }),
    processes: () => groupMembers(pid),
    async end() {
      await kube.close();
      if (isAlive(pid)) {
        await client.shutdown();
      }
      await ended;
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/**
 * A gateway listens once a Gateway is applied. Until then another program may take 8080, and the gateway would move on from where
 * `gatewayUrl` says; nobody begins a search at this port.
 */
export async function portOfOwn(): Promise<string> {
  const ports = createPorts();
  const port = await ports.lease();
  ports.release(port);
  return String(port);
}

async function untilReady(client: Client): Promise<string> {
  for await (const event of client.events()) {
    if (event.type === 'ready') return 'ready';
    if (event.type === 'failed') return event.message;
  }
  return 'the events ended';
}

/** Zombies count as ended: who started them may not have asked yet. */
function groupMembers(group: number): string[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,pgid=,stat=,command='], { encoding: 'utf8' }).split(
    '\n',
  );
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter(([, pgid, state]) => Number(pgid) === group && !state?.startsWith('Z'))
    .map(([pid, , , ...command]) => `${pid} ${command.join(' ')}`);
}
