import { expect, test } from 'vitest';
import type { DraftObject } from '#mesh/apiserver/object.ts';
import { isInjected, withSidecar } from '#mesh/kubelet/pods/injection.ts';

type Strings = Readonly<Record<string, string>>;

const pod = (labels: Strings = {}, more: { annotations?: Strings; spec?: object } = {}): DraftObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web-1', labels, ...(more.annotations && { annotations: more.annotations }) },
  spec: { containers: [{ name: 'web' }], ...more.spec },
});

const inject = 'sidecar.istio.io/inject';

// https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/
test.each<[Strings, DraftObject, boolean]>([
  [{}, pod(), false],
  [{}, pod({ [inject]: 'true' }), true],
  [{}, pod({ 'istio.io/rev': 'default' }), true],
  [{}, pod({ 'istio.io/rev': 'canary' }), false],
  [{ 'istio-injection': 'enabled' }, pod(), true],
  [{ 'istio-injection': 'enabled' }, pod({ [inject]: 'false' }), false],
  [{ 'istio-injection': 'enabled' }, pod({}, { annotations: { [inject]: 'false' } }), false],
  [{ 'istio-injection': 'enabled' }, pod({ [inject]: 'true' }, { annotations: { [inject]: 'false' } }), true],
  [{ 'istio-injection': 'enabled' }, pod({}, { spec: { hostNetwork: true } }), false],
  [{ 'istio-injection': 'disabled' }, pod(), false],
  [{ 'istio-injection': 'disabled' }, pod({ [inject]: 'true' }), false],
  [{ 'istio-injection': 'disabled', 'istio.io/rev': 'default' }, pod(), false],
  [{ 'istio.io/rev': 'default' }, pod(), true],
  [{ 'istio.io/rev': 'default' }, pod({ [inject]: 'false' }), false],
  [{ 'istio.io/rev': 'canary' }, pod(), false],
  [{ 'istio.io/rev': 'canary' }, pod({ [inject]: 'true' }), false],
  [{ 'istio-injection': 'disabled' }, pod({ 'istio.io/rev': 'default' }), false],
  [{}, pod({ [inject]: 'true', 'istio.io/rev': 'canary' }), false],
  // The webhook is asked by labels alone; an annotation can but decline.
  [{}, pod({}, { annotations: { [inject]: 'true' } }), false],
  [{ 'istio-injection': 'enabled' }, pod({ [inject]: 'on' }), true],
  [{ 'istio-injection': 'enabled' }, pod({ [inject]: 'maybe' }), false],
])('in a namespace with %j a pod is injected or not', (namespace, draft, injected) => {
  expect(isInjected(draft, namespace)).toBe(injected);
});

test("a pod's own containers come first, and what it says of itself stays", () => {
  const labels = { app: 'web', version: 'v2' };
  const { metadata, spec } = withSidecar(pod(labels, { annotations: { mine: '1' } })) as DraftObject & {
    spec: { containers: { name: string }[] };
  };
  expect(spec.containers.map(({ name }) => name)).toEqual(['web', 'istio-proxy']);
  expect(metadata.labels).toEqual({
    ...labels,
    'security.istio.io/tlsMode': 'istio',
    'service.istio.io/canonical-name': 'web',
    'service.istio.io/canonical-revision': 'v2',
  });
  expect(metadata.annotations).toMatchObject({
    mine: '1',
    'kubectl.kubernetes.io/default-container': 'web',
    'istio.io/rev': 'default',
  });
  expect(JSON.parse(metadata.annotations?.['sidecar.istio.io/status'] ?? '')).toMatchObject({
    containers: ['istio-proxy'],
  });
});

test.each<[Strings, string, string]>([
  [{}, 'web-1', 'latest'],
  [
    { 'app.kubernetes.io/name': 'shop', app: 'web', 'app.kubernetes.io/version': '3', version: 'v2' },
    'shop',
    '3',
  ],
  [{ 'service.istio.io/canonical-name': 'own', app: 'web' }, 'own', 'latest'],
  [{ 'service.istio.io/canonical-revision': 'r', version: 'v2' }, 'web-1', 'r'],
])('with the labels %j its canonical service is %s at %s', (labels, name, revision) => {
  expect(withSidecar(pod(labels)).metadata.labels).toMatchObject({
    'service.istio.io/canonical-name': name,
    'service.istio.io/canonical-revision': revision,
  });
});
