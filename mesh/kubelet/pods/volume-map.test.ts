import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadManifest } from '#mesh/istiod/config/load/load-manifest.ts';
import { parseResources } from '#mesh/istiod/config/schema/parse-resources.ts';
import { ofKind } from '#mesh/istiod/config/schema/resource.ts';
import { makeClaimFolders, onThisMachine, volumeMap } from '#mesh/kubelet/pods/volume-map.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';

const MANIFEST = `
apiVersion: v1
kind: Pod
metadata: {name: redis, namespace: shop}
spec:
  containers:
    - name: redis
      image: redis
      volumeMounts:
        - {name: data, mountPath: /data}
        - {name: data, mountPath: /backup, subPath: old}
        - {name: data, mountPath: /own, subPathExpr: of/$(POD)}
        - {name: tmp, mountPath: /tmp}
        - {name: host, mountPath: /host}
  volumes:
    - {name: data, persistentVolumeClaim: {claimName: users}}
    - {name: tmp, emptyDir: {}}
    - {name: host, hostPath: {path: /}}
`;

test('a claim is a folder, whose mounts the program is told; other volumes are not', async () => {
  const { documents } = loadManifest({ file: 'redis.yaml', text: MANIFEST });
  const { resources, diagnostics } = parseResources(documents, { namespace: 'default' });
  expect(diagnostics.map(({ message }) => message)).toEqual([
    '`spec.volumes[2].hostPath` is valid, but not carried out on the laptop: it is not mounted on the laptop',
  ]);
  const [pod] = ofKind(resources, 'Pod');
  const container = pod?.spec.containers[0];
  if (!pod || !container) throw new Error('no container');
  const volumes = join(temporaryDirectory(), 'a, folder=1');
  const folder = join(volumes, 'shop/users');
  const files = new Map([['tmp', '/state/tmp']]);
  expect(volumeMap({ container, pod, volumes, files, env: { POD: 'redis' } }).split('\n')).toEqual([
    `/data=${folder}`,
    `/backup=${folder}/old`,
    `/own=${folder}/of/redis`,
    '/tmp=/state/tmp',
  ]);
  await makeClaimFolders(pod, volumes);
  expect(existsSync(folder)).toBe(true);
});

test.each([
  ['cat /data/a', 'cat /v/one/a'],
  ['ls /data', 'ls /v/one'],
  ['ls /database', 'ls /database'],
  ['ls /data/old/a', 'ls /v/two/a'],
  ['grep --file=/data/a x', 'grep --file=/v/one/a x'],
  ['curl -d {"at":"/data"} http://web/data', 'curl -d {"at":"/data"} http://web/data'],
  ['tar -xmf - -C /data', 'tar -xmf - -C /v/one'],
  ['tar cf - /data/a', 'tar cf - /v/one/a --transform=s,^/*v/one/a,data/a,rSH'],
  ['sh /data/a.sh', 'sh /v/one/a.sh'],
])('%s is carried out as %s', (typed, run) => {
  const map = '/data/old=/v/two\n/data/=/v/one';
  expect(onThisMachine(typed.split(' '), map).join(' ')).toBe(run);
});

test("a shell's script finds what is mounted, wherever it names it", () => {
  const script = (text: string) => onThisMachine(['sh', '-ec', text], '/data=/v/one').at(-1);
  expect(script('echo $(hostname) >/data/a; cat "/data/a" /data* x/data')).toBe(
    'echo $(hostname) >/v/one/a; cat "/v/one/a" /v/one* x/data',
  );
  expect(onThisMachine(['echo', '-c', 'of /data'], '/data=/v/one').at(-1)).toBe('of /data');
});
