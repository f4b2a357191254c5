import { expect, test } from 'vitest';
import { loadManifest } from '#mesh/istiod/config/load/load-manifest.ts';
import { parseResources } from '#mesh/istiod/config/schema/parse-resources.ts';
import { ofKind } from '#mesh/istiod/config/schema/resource.ts';
import { loadImages } from '#mesh/kubelet/pods/images.ts';
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

test("an image's variables are set, and the container's own win", () => {
  const { documents } = loadManifest({ file: 'details.yaml', text: DETAILS });
  const { resources } = parseResources(documents, { namespace: 'default' });
  const [pod] = ofKind(resources, 'Pod');
  if (!pod) throw new Error('no Pod');
  const { containers } = planPod({
    ...{ pod, resources, images: loadImages({}, '/'), ports: [], host: {} },
    ...{ uid: 'u', workload: 'details-v2', address: '10.244.0.7', outboundPort: 1 },
  });
  expect(containers[0]?.command.env).toMatchObject({
    ENABLE_EXTERNAL_BOOK_SERVICE: 'true',
    SERVICE_VERSION: 'mine',
    HOSTNAME: 'details-v2-abc-xyz',
  });
});
