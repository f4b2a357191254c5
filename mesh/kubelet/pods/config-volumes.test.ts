import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
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
binaryData: {a.png: iVBORw==}
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {version: v1, app: "web"}}
spec:
  containers: [{name: web, image: web, resources: {limits: {cpu: 1500m, memory: 64Mi}}}]
  volumes:
    - {name: tls, secret: {secretName: cert, items: [{key: tls.crt, path: crt}, {key: tls.key, path: ../../key}]}}
    - {name: conf, configMap: {name: settings}}
    - {name: scratch, emptyDir: {}}
    - name: about
      downwardAPI:
        items:
          - {path: labels, fieldRef: {fieldPath: metadata.labels}}
          - {path: memory, resourceFieldRef: {containerName: web, resource: limits.memory, divisor: 1Mi}}
          - {path: cpu, resourceFieldRef: {containerName: web, resource: requests.cpu}}
    - name: all
      projected:
        sources:
          - configMap: {name: settings, items: [{key: a.conf, path: conf/a}]}
          - secret: {name: cert}
          - downwardAPI: {items: [{path: who, fieldRef: {fieldPath: metadata.name}}]}
          - serviceAccountToken: {path: token}
    - {name: elsewhere, hostPath: {path: /}}
`;

const facts = {
  ...{ name: 'web', namespace: 'default', uid: 'u', address: '127.0.0.9', serviceAccount: 'default' },
  ...{ labels: { version: 'v1', app: 'say "web"' }, annotations: {} },
};

async function written() {
  const { documents } = loadManifest({ file: 'pod.yaml', text });
  const { resources } = parseResources(documents, { namespace: 'default' });
  const [pod] = ofKind(resources, 'Pod');
  if (!pod) throw new Error('no pod');
  const folder = temporaryDirectory();
  const again = () => writeConfigVolumes({ pod, facts, resources, folder });
  const folders = await again();
  return { folder, folders, again, read: (file: string) => readFileSync(join(folder, file), 'utf8') };
}

test('ConfigMaps and Secrets are files, for their owner only, and within their folder', async () => {
  const { folder, folders, read } = await written();
  expect([...folders]).toEqual(
    ['tls', 'conf', 'scratch', 'about', 'all'].map((name) => [name, join(folder, name)]),
  );
  expect(read('tls/crt')).toBe('chain');
  expect(statSync(join(folder, 'tls/crt')).mode & 0o777).toBe(0o600);
  expect(() => statSync(join(folder, '../key'))).toThrow('ENOENT');
  expect(read('conf/b.conf')).toBe('two');
  expect(readFileSync(join(folder, 'conf/a.png')).toString('hex')).toBe('89504e47');
});

test("a pod's own fields are files", async () => {
  const { read } = await written();
  expect(read('about/labels')).toBe('app="say \\"web\\""\nversion="v1"');
  expect([read('about/memory'), read('about/cpu')]).toEqual(['64', '2']);
});

test('a volume is put together from several sources', async () => {
  const { folder, read } = await written();
  expect(readdirSync(join(folder, 'all')).sort()).toEqual(['conf', 'tls.crt', 'tls.key', 'who']);
  expect([read('all/conf/a'), read('all/tls.key'), read('all/who')]).toEqual(['one', 'key', 'web']);
});

test('a folder is empty for the next pod of the name', async () => {
  const { folder, again } = await written();
  writeFileSync(join(folder, 'scratch/left'), 'over');
  await again();
  expect(readdirSync(join(folder, 'scratch'))).toEqual([]);
});
