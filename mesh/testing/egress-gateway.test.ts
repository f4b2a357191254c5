import { expect, it } from 'vitest';
import { explainRequest } from '#mesh/testing/explained-outcome.ts';
import { imaginaryMesh } from '#mesh/testing/imaginary-mesh.ts';
import { testFile } from '#mesh/testing/test-file.ts';

const MANIFESTS = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: echo}]}}
---
apiVersion: v1
kind: Service
metadata: {name: egress, namespace: istio-system}
spec: {selector: {istio: egress}, ports: [{name: http2, port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: egress, namespace: istio-system}
spec:
  selector: {matchLabels: {istio: egress}}
  template: {metadata: {labels: {istio: egress}}, spec: {containers: [{name: istio-proxy, image: auto}]}}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: egress}
spec:
  selector: {istio: egress}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [outside.example.org]}]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: outside}
spec:
  hosts: [outside.example.org]
  ports: [{number: 80, name: http, protocol: HTTP}]
  resolution: STATIC
  endpoints: [{address: 192.0.2.1}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: outside}
spec:
  hosts: [outside.example.org]
  gateways: [egress, mesh]
  http:
    - match: [{gateways: [mesh]}]
      route: [{destination: {host: egress.istio-system.svc.cluster.local, port: {number: 80}}}]
    - match: [{gateways: [egress]}]
      route: [{destination: {host: outside.example.org}}]
`;

it('a Service of a gateway leads to its listener, and the gateway to the outside', () => {
  const options = { namespace: 'default', outboundPolicy: 'REGISTRY_ONLY' } as const;
  const { mesh } = imaginaryMesh([{ file: 'egress.yaml', text: MANIFESTS }], options);
  const asked = (from: string) => {
    const request = { name: 'a', request: { from, url: 'http://outside.example.org/' } };
    const { tests } = testFile.parse({ tests: [request] });
    const [test] = tests;
    if (!test) throw new Error('no test');
    return explainRequest(test.request, { mesh, namespace: 'default' }).destinations.flatMap(
      (one) => one.endpoints,
    );
  };
  const local = mesh.gateways.find(({ name }) => name === 'egress')?.servers[0]?.localPort;
  expect(asked('web')).toEqual([{ address: `127.0.0.1:${local}`, security: 'plain text' }]);
  expect(asked('gateway/egress')).toEqual([{ address: '192.0.2.1:80', security: 'plain text' }]);
});
