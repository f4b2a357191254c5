import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadManifest } from '#mesh/load/load-manifest.ts';
import { makeClaimFolders, volumeMap } from '#mesh/run/pods/volume-map.ts';
import { parseResources } from '#mesh/schema/parse-resources.ts';
import { ofKind } from '#mesh/schema/resource.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';

const MANIFEST = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: redis, namespace: shop}
spec:
  selector: {matchLabels: {app: redis}}
  template:
    metadata: {labels: {app: redis}}
    spec:
      containers:
        - name: redis
          image: redis
          volumeMounts:
            - {name: data, mountPath: /data}
            - {name: data, mountPath: /backup, subPath: old}
            - {name: tmp, mountPath: /tmp}
      volumes:
        - {name: data, persistentVolumeClaim: {claimName: users}}
        - {name: tmp, emptyDir: {}}
`;

test('a claim is a folder, whose mounts the program is told; other volumes are not', async () => {
  const { documents } = loadManifest({ file: 'redis.yaml', text: MANIFEST });
  const { resources, diagnostics } = parseResources(documents, { namespace: 'default' });
  expect(diagnostics).toEqual([]);
  const [deployment] = ofKind(resources, 'Deployment');
  const container = deployment?.spec.template.spec.containers[0];
  if (!deployment || !container) throw new Error('no container');
  const volumes = join(temporaryDirectory(), 'a, folder=1');
  const folder = join(volumes, 'shop/users');
  expect(volumeMap({ container, deployment, volumes })).toBe(`/data=${folder}\n/backup=${folder}/old`);
  await makeClaimFolders(deployment, volumes);
  expect(existsSync(folder)).toBe(true);
});
