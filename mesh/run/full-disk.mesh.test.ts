import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '#mesh/run/testing/eventually.ts';
import { manifest, startMesh } from '#mesh/run/testing/started-mesh.ts';
import { type Component, needs } from '#test/components/component.ts';

const smallDisks: Component = {
  name: 'a disk to fill',
  isThere: process.platform === 'linux' && process.getuid?.() === 0,
  fix: 'run the tests on Linux as root, who may mount a tmpfs',
};

const late = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: late}
spec:
  selector: {matchLabels: {app: late}}
  template:
    metadata: {labels: {app: late}}
    spec:
      containers: [{name: app, image: echo, ports: [{name: http, containerPort: 8080}]}]
`;

test(
  'a mesh outlives a full disk: what runs goes on, and what cannot start says why',
  needs(smallDisks),
  async () => {
    const home = smallDisk();
    const mesh = await startMesh({ MESH_HOME: home });
    onTestFinished(() => mesh.end());
    await mesh.apply(manifest('echo.yaml'));
    expect(await mesh.ready()).toBe('ready');

    const filler = fill(home);
    await mesh.apply(late);
    const [stuck] = await eventually(
      () => mesh.kube.list('pods', 'app=late'),
      (pods) => JSON.stringify(pods).includes('ENOSPC'),
    );
    const waiting = { reason: 'CreateContainerError', message: expect.stringContaining('ENOSPC') };
    expect(stuck?.['status']).toMatchObject({
      phase: 'Pending',
      containerStatuses: [{ name: 'app', state: { waiting } }, { name: 'istio-proxy' }],
    });
    for (let count = 0; count < 20; count += 1) expect(await mesh.get('/')).toMatchObject({ status: 200 });
    // The runner still takes orders.
    expect((await mesh.apply(manifest('echo.yaml'))).diagnostics).toEqual([]);

    rmSync(filler);
    await eventually(
      async () => (await mesh.pods()).filter(({ metadata }) => metadata.name.startsWith('late')),
      (pods) =>
        pods.length > 0 && pods.every((pod) => JSON.stringify(pod['status']).includes('"phase":"Running"')),
      60_000,
    );
    expect(await mesh.get('/')).toMatchObject({ status: 200 });
  },
);

function smallDisk(): string {
  const path = mkdtempSync(join(tmpdir(), 'mesh101-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m,mode=700', 'tmpfs', path]);
  onTestFinished(() => {
    execFileSync('umount', ['--lazy', path]);
    rmSync(path, { recursive: true, force: true });
  });
  return path;
}

/** Takes what is left of a disk, to the last block. */
function fill(disk: string): string {
  const path = join(disk, 'filler');
  for (let left = room(disk); left > 0; left = room(disk)) {
    writeFileSync(path, Buffer.alloc(left), { flag: 'a' });
  }
  return path;
}

function room(disk: string): number {
  const { bavail, bsize } = statfsSync(disk);
  return bavail * bsize;
}
