import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { stringify } from 'yaml';
import type { Client } from '#mesh/run/client.ts';
import { startRunner } from '#mesh/run/start-runner.ts';
import { KubeClient } from '#mesh/run/testing/kube-client.ts';
import { type Certificates, writeSecrets } from '#test/conformance/certificates.ts';
import { type StartedEcho, startEcho } from '#test/conformance/echo.ts';
import { IMAGE, meshConfiguration, worldObjects } from '#test/conformance/world.ts';

/** A laptop mesh with the world in it, and the two servers outside. */
export interface LaptopWorld {
  readonly client: Client;
  readonly kube: KubeClient;
  /** Its path. */
  readonly kubeconfig: string;
  readonly outside: readonly StartedEcho[];
  readonly certificate: Certificates['client'];
  /** Where the pods note what they receive. */
  readonly echoes: string;
  end(): Promise<void>;
}

/** Resolves when every pod is ready; @throws what the mesh says when that does not come */
export async function startWorld(): Promise<LaptopWorld> {
  const home = mkdtempSync(join(tmpdir(), 'mesh101-conformance-'));
  const echoes = join(home, 'echo');
  mkdirSync(echoes);
  const { secrets, client: certificate } = await writeSecrets(echoes);
  const variables = { ECHO_HOME: echoes };
  const command = [process.execPath, join(import.meta.dirname, '../echo.ts')];
  writeFileSync(
    join(home, 'images.yaml'),
    stringify({ images: [{ image: IMAGE, command, env: variables }] }),
  );
  const outside = await Promise.all(['ext', 'ext2'].map((pod) => startOutside(pod, variables)));
  const { client, ended } = await startRunner({
    env: { ...process.env, MESH_HOME: join(home, 'mesh'), MESH_IMAGES: join(home, 'images.yaml') },
    ...{ cwd: process.cwd(), live: false, outboundPolicy: 'REGISTRY_ONLY', foreground: true },
    // The reference traces nothing either: a proxy that does has headers of its own.
    tracesTo: 'none',
  });
  const kubeconfig = join(home, 'mesh/kubeconfig');
  const kube = new KubeClient(kubeconfig);
  const end = async () => {
    for (const server of outside) server.close();
    await kube.close();
    await client.shutdown();
    await ended;
    rmSync(home, { recursive: true, force: true });
  };
  const text = [...worldObjects(), meshConfiguration(), ...secrets]
    .map((object) => stringify(object))
    .join('---\n');
  const files = [{ file: 'world.yaml', text }];
  const { diagnostics } = await client.apply({ files, namespace: 'default' });
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const state = errors.length > 0 ? JSON.stringify(errors) : await readiness(client);
  if (state !== 'ready') {
    await end();
    throw new Error(`the world does not come up: ${state}`);
  }
  return { client, kube, kubeconfig, outside, certificate, echoes, end };
}

function startOutside(pod: string, env: Readonly<Record<string, string>>): Promise<StartedEcho> {
  const free = { HTTP_PORTS: '0', TLS_PORT: '0', TCP_PORT: '0' };
  return startEcho({ ...env, ...free, POD: pod, BIND: '127.0.0.1' });
}

async function readiness(client: Client): Promise<string> {
  for await (const event of client.events()) {
    if (event.type === 'ready') return 'ready';
    if (event.type === 'failed') return event.message;
  }
  return 'it ended';
}
