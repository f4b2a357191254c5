import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadManifest } from '#mesh/istiod/config/load/load-manifest.ts';
import { parseResources } from '#mesh/istiod/config/schema/parse-resources.ts';
import { ofKind } from '#mesh/istiod/config/schema/resource.ts';
import { writeConfigVolumes } from '#mesh/kubelet/pods/config-volumes.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';

const text = `
apiVersion: v1
kind: Secret
metadata: {name: cert}
data: {tls.crt: ${Buffer.from('chain').toString('base64')}, tls.key: ${Buffer.from('key').toString('base64')}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {a.conf: one, b.conf: two}
---
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers: [{name: web, image: web}]
  volumes:
    - {name: tls, secret: {secretName: cert, items: [{key: tls.crt, path: crt}, {key: tls.key, path: ../../key}]}}
    - {name: conf, configMap: {name: settings}}
    - {name: scratch, emptyDir: {}}
`;

test('ConfigMaps and Secrets are files, for their owner only, and within their folder', async () => {
  const { documents } = loadManifest({ file: 'pod.yaml', text });
  const { resources } = parseResources(documents, { namespace: 'default' });
  const [pod] = ofKind(resources, 'Pod');
  if (!pod) throw new Error('no pod');
  const folder = temporaryDirectory();
  const folders = await writeConfigVolumes({ pod, resources, folder });
  expect(folders).toEqual(
    new Map([
      ['tls', join(folder, 'tls')],
      ['conf', join(folder, 'conf')],
    ]),
  );
  expect(readFileSync(join(folder, 'tls/crt'), 'utf8')).toBe('chain');
  expect(statSync(join(folder, 'tls/crt')).mode & 0o777).toBe(0o600);
  expect(() => statSync(join(folder, '../key'))).toThrow('ENOENT');
  expect(readFileSync(join(folder, 'conf/b.conf'), 'utf8')).toBe('two');
});
