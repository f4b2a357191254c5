import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ContainerEngine } from '#mesh/kubelet/containers/engine.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';

test('without an engine on the PATH, it says what is missing', async () => {
  const env = { PATH: temporaryDirectory() };
  await expect(ContainerEngine.find({ wanted: 'any', env, label: 'a' })).rejects.toThrow(
    '--containers needs docker or podman on the PATH: install it, or leave --containers out',
  );
});

test('an engine that does not answer says why', async () => {
  const PATH = temporaryDirectory();
  const script = '#!/bin/sh\necho "Cannot connect to the Docker daemon" >&2\nexit 1\n';
  writeFileSync(join(PATH, 'docker'), script, { mode: 0o755 });
  await expect(ContainerEngine.find({ wanted: 'docker', env: { PATH }, label: 'a' })).rejects.toThrow(
    'Cannot connect to the Docker daemon',
  );
});
