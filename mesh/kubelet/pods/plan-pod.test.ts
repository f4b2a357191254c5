import { expect, test } from 'vitest';
import { loadManifest } from '#mesh/istiod/config/load/load-manifest.ts';
import { parseResources } from '#mesh/istiod/config/schema/parse-resources.ts';
import { ofKind } from '#mesh/istiod/config/schema/resource.ts';
import { loadImages, standIn } from '#mesh/kubelet/pods/images.ts';
import { planPod } from '#mesh/kubelet/pods/plan-pod.ts';

const DETAILS = `
apiVersion: v1
kind: Pod
metadata: {name: details-v2-abc-xyz, labels: {app: details}}
spec:
  containers:
    - name: details
      image: docker.io/istio/examples-bookinfo-details-v2:1.20.3
      env: [{name: SERVICE_VERSION, value: mine}]
`;

function planOf(text: string) {
  const { documents } = loadManifest({ file: 'pod.yaml', text });
  const { resources } = parseResources(documents, { namespace: 'default' });
  const [pod] = ofKind(resources, 'Pod');
  if (!pod) throw new Error('no Pod');
  return planPod({
    ...{ pod, resources, images: [...loadImages({}, '/'), standIn], ports: [], host: {} },
    ...{ uid: 'u', workload: 'details-v2', address: '10.244.0.7', outboundPort: 1 },
  });
}

test("an image's variables are set, and the container's own win", () => {
  const { containers } = planOf(DETAILS);
  expect(containers[0]?.command.env).toMatchObject({
    ENABLE_EXTERNAL_BOOK_SERVICE: 'true',
    SERVICE_VERSION: 'mine',
    HOSTNAME: 'details-v2-abc-xyz',
  });
});

test.each([
  ['Job', 'perl:5', true],
  ['Job', 'busybox', true],
  ['Job', 'mesh101/time-standin', false],
  ['ReplicaSet', 'busybox', false],
])('a program of a %s, %s, is replaced by a sentence: %s', (kind, image, replaced) => {
  const owner = `ownerReferences: [{kind: ${kind}, apiVersion: batch/v1, name: j, uid: u, controller: true}]`;
  const { containers } = planOf(
    `{apiVersion: v1, kind: Pod, metadata: {name: j-1, ${owner}}, spec: {containers: [{name: c, image: "${image}"}]}}`,
  );
  expect(containers[0]?.played).toBeUndefined();
  expect(containers[0]?.command.args.join(' ').includes('is not run: nothing is done')).toBe(replaced);
});

test.each([
  ['Never', 'image: busybox, command: [wget, "http://web"]', true],
  ['OnFailure', 'image: busybox, command: [wget, "http://web"]', true],
  ['Always', 'image: busybox, command: [wget, "http://web"]', false],
  ['Never', 'image: busybox, command: [wget], stdin: true, stdinOnce: true', false],
  ['Never', 'image: busybox, command: [sleep, "3600"]', false],
  ['Never', 'image: shop/check', true],
  ['Never', 'image: shop/check, ports: [{containerPort: 80}]', false],
  ['Never', 'image: nginx', false],
])(
  'the program of a pod by itself that starts again %s, {%s}, is replaced by a sentence: %s',
  (policy, container, replaced) => {
    const { containers } = planOf(
      `{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {restartPolicy: ${policy}, containers: [{name: c, ${container}}]}}`,
    );
    expect(containers[0]?.command.args.join(' ').includes('is not run: nothing is done')).toBe(replaced);
  },
);
