import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, test } from 'vitest';
import { envoyBinary } from '#mesh/kubelet/binary/programs.ts';
import {
  prepareStateDirectory,
  type StateDirectory,
  stateDirectory,
} from '#mesh/kubelet/state/state-directory.ts';
import { bringUp, type RunningMesh } from '#mesh/run/bring-up.ts';
import type { RunnerOptions } from '#mesh/run/runner-options.ts';
import { eventually } from '#mesh/run/testing/eventually.ts';
import { manifest } from '#mesh/run/testing/started-mesh.ts';

const hour = 60 * 60 * 1000;
const images = join(import.meta.dirname, 'testdata/images.yaml');

/** What the mesh takes the time for, relative to the truth, by which the Envoys judge. */
let late = 25 * hour;
let running: RunningMesh;
let state: StateDirectory;
beforeAll(async () => {
  const env = {
    ...process.env,
    MESH_HOME: mkdtempSync(join(tmpdir(), 'mesh101-test-')),
    MESH_IMAGES: images,
  };
  state = stateDirectory(env, '/');
  prepareStateDirectory(state);
  const options: RunnerOptions = {
    ...{ cwd: process.cwd(), envoy: await envoyBinary({ env }), outboundPolicy: 'REGISTRY_ONLY' as const },
    ...{ live: true, tracesTo: 'none', attached: false },
  };
  running = await bringUp({ state, options, env, now: () => new Date(Date.now() - late) });
});
afterAll(async () => {
  await running?.stop();
  running?.releasePorts();
  rmSync(state.root, { recursive: true, force: true });
});

const status = async () => {
  const url = `http://127.0.0.1:${running.gatewayPorts.local.get(80)}/`;
  const response = await fetch(url, { headers: { connection: 'close' } });
  await response.text();
  return response.status;
};

test('certificates that ran out while the laptop slept are replaced at the next look at the clock', async () => {
  const text = manifest('echo.yaml');
  await running.files.apply({ files: [{ file: 'echo.yaml', text }], namespace: 'default' });
  await eventually(
    () => running.mesh.pods.filter(({ plan }) => plan.namespace === 'default').map(({ ready }) => ready),
    (ready) => ready.length === 2 && ready.every(Boolean),
  );
  // As after a sleep: what was issued a day ago is useless now.
  await eventually(status, (answer) => answer === 503);
  late = 0;
  await running.mesh.renewCertificates();
  await eventually(status, (answer) => answer === 200);
});
