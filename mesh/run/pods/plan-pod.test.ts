import { expect, test } from 'vitest';
import { loadManifest } from '#mesh/load/load-manifest.ts';
import { loadImages } from '#mesh/run/pods/images.ts';
import { planPod } from '#mesh/run/pods/plan-pod.ts';
import { parseResources } from '#mesh/schema/parse-resources.ts';
import { ofKind } from '#mesh/schema/resource.ts';

const DETAILS = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: details-v2}
spec:
  selector: {matchLabels: {app: details}}
  template:
    metadata: {labels: {app: details}}
    spec:
      containers:
        - name: details
          image: docker.io/istio/examples-bookinfo-details-v2:1.20.3
          env: [{name: SERVICE_VERSION, value: mine}]
`;

test("an image's variables are set, and the container's own win", () => {
  const { documents } = loadManifest({ file: 'details.yaml', text: DETAILS });
  const { resources } = parseResources(documents, { namespace: 'default' });
  const [deployment] = ofKind(resources, 'Deployment');
  if (!deployment) throw new Error('no Deployment');
  const { containers } = planPod({
    ...{ deployment, resources, images: loadImages({}, '/'), ports: [], host: {} },
    ...{ templateHash: 'abc', suffix: 'xyz', address: '10.244.0.7', outboundPort: 1 },
  });
  expect(containers[0]?.command.env).toMatchObject({
    ENABLE_EXTERNAL_BOOK_SERVICE: 'true',
    SERVICE_VERSION: 'mine',
    HOSTNAME: 'details-v2-abc-xyz',
  });
});
