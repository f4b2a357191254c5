import { afterAll, beforeAll, expect, test } from 'vitest';
import { Caller } from '#mesh/run/testing/calls.ts';
import { manifest, type StartedMesh, startMesh } from '#mesh/run/testing/started-mesh.ts';

const FILTERS = 'envoyfilters.v1alpha3.networking.istio.io';

let mesh: StartedMesh;
let alice: Caller;

beforeAll(async () => {
  mesh = await startMesh();
  // It is for proxies that start after it.
  await mesh.apply(`
apiVersion: networking.istio.io/v1beta1
kind: ProxyConfig
metadata: {name: colors}
spec: {environmentVariables: {COLOR: green}}
`);
  await mesh.apply(manifest('callers.yaml'));
  expect(await mesh.ready()).toBe('ready');
  alice = await Caller.of(mesh, 'alice');
});
afterAll(() => mesh?.end());

/** A program in Lua for what alice's proxy sends out. */
function lua(code: string) {
  return mesh.apply(`
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: lua}
spec:
  workloadSelector: {labels: {app: alice}}
  configPatches:
    - applyTo: HTTP_FILTER
      match:
        context: SIDECAR_OUTBOUND
        listener: {filterChain: {filter: {name: envoy.filters.network.http_connection_manager}}}
      patch:
        operation: INSERT_BEFORE
        value:
          name: envoy.filters.http.lua
          typed_config:
            '@type': type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua
            inlineCode: ${JSON.stringify(code)}
`);
}

const answer = (text: string) =>
  `function envoy_on_request(handle) handle:respond({[":status"] = "418"}, ${text}) end`;

test('a filter holds from the moment on that its write is answered, with the environment of its proxy, until it is deleted', async () => {
  const { diagnostics } = await lua(answer('os.getenv("COLOR")'));
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const call = { url: 'http://web/' };
  expect(await alice.call(call)).toEqual({ status: 418, text: 'green' });
  await mesh.kube.delete(FILTERS, 'lua', 'default');
  // On the connection that it has kept open the caller has one more answer of the old listener, as in Istio.
  await alice.call(call);
  expect(await alice.status(call)).toBe(200);
});

test('what an Envoy refuses is refused with its reason, and nothing changes', async () => {
  const { diagnostics } = await lua('no lua');
  expect(diagnostics).toContainEqual(
    expect.objectContaining({ severity: 'error', message: expect.stringContaining('script load error') }),
  );
  expect(await alice.status({ url: 'http://web/' })).toBe(200);
});

test('the mesh configuration holds while the mesh runs: what becomes of requests to hosts that nobody declares', async () => {
  const nowhere = { url: 'http://nowhere.invalid/' };
  const policy = async (mode: string) => {
    const { diagnostics } = await mesh.apply(`
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data: {mesh: "outboundTrafficPolicy: {mode: ${mode}}"}
`);
    expect(diagnostics).toEqual([]);
  };
  await policy('REGISTRY_ONLY');
  expect(await alice.status(nowhere)).toBe(502);
  await policy('ALLOW_ANY');
  // It is let out, and its name leads nowhere.
  expect(await alice.status(nowhere)).toBe(503);
});
