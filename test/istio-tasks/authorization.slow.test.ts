import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpbin, policy, type SecurityMesh, startSecurityMesh } from '#test/istio-tasks/security-mesh.ts';
import { soon } from '#test/istio-tasks/task-mesh.ts';

/** The tasks of Istio's documentation about authorization, each by its own steps. */
let task: SecurityMesh;
beforeAll(async () => {
  task = await startSecurityMesh();
});
afterAll(() => task?.mesh.close());

const expectSoon: SecurityMesh['expectSoon'] = (...asked) => task.expectSoon(...asked);

describe('authorization', () => {
  it('HTTP: nothing passes by default, and each rule of bookinfo opens one way', async () => {
    await task.sample('bookinfo');
    await task.shell('kubectl apply -f test/istio-documentation/bookinfo-gateway.yaml');
    const page = () => task.shell('curl -s "http://$GATEWAY_URL/productpage"');
    await soon(async () => expect(await page()).toContain('Simple Bookstore App'));
    await task.apply(policy('allow-nothing', '{}', 'default'));
    await soon(async () => expect(await page()).toBe('RBAC: access denied'));
    const viewer = (app: string, from = '') =>
      policy(
        `${app}-viewer`,
        `{selector: {matchLabels: {app: ${app}}}, action: ALLOW, rules: [{${from}to: [{operation: {methods: [GET]}}]}]}`,
        'default',
      );
    const account = (name: string) =>
      `from: [{source: {principals: [cluster.local/ns/default/sa/bookinfo-${name}]}}], `;
    await task.apply(viewer('productpage'));
    await soon(async () =>
      expect(await page()).toMatch(/Error fetching product details[\s\S]*Error fetching product reviews/),
    );
    await task.apply(viewer('details', account('productpage')));
    await task.apply(viewer('reviews', account('productpage')));
    await soon(async () =>
      expect(await page()).toMatch(/Ratings service is currently unavailable|reviews-v1/),
    );
    await task.apply(viewer('ratings', account('reviews')));
    await soon(async () => {
      const pages = await task.shell(
        'for i in 1 2 3 4 5 6; do curl -s "http://$GATEWAY_URL/productpage"; done',
      );
      expect(pages).toMatch(/class="stars (red|black)"/);
      expect(pages).not.toMatch(/unavailable|Error fetching/);
    });
    await task.shell('kubectl delete authorizationpolicy --all');
  });

  it('explicit denial: by header, and with an exception for a token', async () => {
    const selector = 'selector: {matchLabels: {app: httpbin}}';
    const deny = (more: string) =>
      policy(
        'deny-method-get',
        `{${selector}, action: DENY, rules: [{to: [{operation: {methods: [GET]}}]${more}}]}`,
      );
    await task.apply(deny(''));
    await expectSoon('foo', httpbin('foo', '/get'), '403');
    await expectSoon('foo', httpbin('foo', '/post'), '200', '-X POST');
    await task.apply(deny(', when: [{key: "request.headers[x-token]", notValues: [admin]}]'));
    await expectSoon('foo', httpbin('foo', '/get'), '200', '-H "x-token: admin"');
    await expectSoon('foo', httpbin('foo', '/get'), '403', '-H "x-token: guest"');
    await task.apply(
      policy('allow-path-ip', `{${selector}, action: ALLOW, rules: [{to: [{operation: {paths: [/ip]}}]}]}`),
    );
    await expectSoon('foo', httpbin('foo', '/ip'), '403', '-H "x-token: guest"');
    await expectSoon('foo', httpbin('foo', '/ip'), '200', '-H "x-token: admin"');
    await expectSoon('foo', httpbin('foo', '/get'), '403', '-H "x-token: admin"');
    await task.shell('kubectl delete authorizationpolicy --all -n foo');
  });

  it('at the ingress gateway: by the address of the caller', async () => {
    const gateway = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: httpbin-gateway, namespace: foo}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [httpbin.example.com]}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: httpbin, namespace: foo}
spec:
  hosts: [httpbin.example.com]
  gateways: [httpbin-gateway]
  http: [{route: [{destination: {port: {number: 8000}, host: httpbin}}]}]`;
    await task.apply(gateway);
    const code = () =>
      task.shell(
        `curl -s -o /dev/null -w '%{http_code}' -H Host:httpbin.example.com "http://$GATEWAY_URL/headers"`,
      );
    await soon(async () => expect(await code()).toBe('200'));
    const ingress = (action: string, address: string) =>
      policy(
        'ingress-policy',
        `{selector: {matchLabels: {istio: ingressgateway}}, action: ${action}, rules: [{from: [{source: {remoteIpBlocks: ["${address}"]}}]}]}`,
        'istio-system',
      );
    await task.apply(ingress('ALLOW', '1.2.3.4'));
    await soon(async () => expect(await code()).toBe('403'));
    await task.apply(ingress('ALLOW', '127.0.0.1'));
    await soon(async () => expect(await code()).toBe('200'));
    await task.apply(ingress('DENY', '127.0.0.0/8'));
    await soon(async () => expect(await code()).toBe('403'));
    await task.remove(ingress('DENY', '127.0.0.0/8'));
    await task.remove(gateway);
  });

  it('by an authorizer outside, over HTTP and over gRPC', async () => {
    const authorizer = `
apiVersion: v1
kind: Service
metadata: {name: ext-authz, namespace: foo, labels: {app: ext-authz}}
spec: {selector: {app: ext-authz}, ports: [{name: http, port: 8000}, {name: grpc, port: 9000}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ext-authz, namespace: foo}
spec:
  replicas: 1
  selector: {matchLabels: {app: ext-authz}}
  template:
    metadata: {labels: {app: ext-authz}}
    spec:
      containers:
        - name: ext-authz
          image: gcr.io/istio-testing/ext-authz:latest
          ports: [{containerPort: 8000}, {containerPort: 9000}]`;
    await task.apply(authorizer);
    await task.shell('kubectl rollout status -n foo deploy/ext-authz --timeout=60s');
    await task.apply(`
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    extensionProviders:
      - name: sample-ext-authz-http
        envoyExtAuthzHttp:
          service: ext-authz.foo.svc.cluster.local
          port: 8000
          includeRequestHeadersInCheck: [x-ext-authz]
      - name: sample-ext-authz-grpc
        envoyExtAuthzGrpc:
          service: ext-authz.foo.svc.cluster.local
          port: 9000`);
    const custom = (provider: string) =>
      policy(
        'ext-authz',
        `{selector: {matchLabels: {app: httpbin}}, action: CUSTOM, provider: {name: ${provider}}, rules: [{to: [{operation: {paths: [/headers]}}]}]}`,
      );
    for (const provider of ['sample-ext-authz-http', 'sample-ext-authz-grpc']) {
      await task.apply(custom(provider));
      await expectSoon('foo', httpbin('foo', '/headers'), '403', '-H "x-ext-authz: deny"');
      await expectSoon('foo', httpbin('foo', '/headers'), '200', '-H "x-ext-authz: allow"');
      await expectSoon('foo', httpbin('foo', '/ip'), '200');
    }
    // The authorizer says which of the two has asked it.
    const log = await task.shell('kubectl logs -n foo deploy/ext-authz -c ext-authz');
    for (const protocol of ['[gRPCv3][denied]', '[gRPCv3][allowed]', '[HTTP][denied]', '[HTTP][allowed]'])
      expect(log).toContain(protocol);
    await task.apply(custom('nobody'));
    await expectSoon('foo', httpbin('foo', '/headers'), '403', '-H "x-ext-authz: allow"');
    await task.remove(custom('nobody'));
  });

  it('TCP: by port, and by what only requests have, which denies more and allows less', async () => {
    await task.sample('tcp-echo-services', 'foo');
    const pod = () =>
      task.shell("kubectl get pod -n foo -l app=curl -o jsonpath='{.items[0].metadata.name}'");
    const { env } = await task.mesh.client.execTarget({ name: await pod(), namespace: 'foo' });
    const line = async (port: number) => {
      const place = (env['HOST_MAP'] ?? '').split(',').find((one) => one.startsWith(`tcp-echo:${port}=`));
      const [host, local] = place?.slice(place.indexOf('=') + 1).split(':') ?? [];
      return exchange(host ?? '', Number(local), `port ${port}\n`);
    };
    const passes = (port: number) =>
      soon(async () => expect(await line(port)).toMatch(new RegExp(`^(one|two) port ${port}\n$`)));
    const isRejected = (port: number) => soon(async () => expect(await line(port)).toBe(''));
    await passes(9000);
    await passes(9001);
    const selector = 'selector: {matchLabels: {app: tcp-echo}}';
    const tcp = (action: string, operation: string) =>
      policy('tcp-policy', `{${selector}, action: ${action}, rules: [{to: [{operation: ${operation}}]}]}`);
    await task.apply(tcp('ALLOW', '{ports: ["9000", "9001"]}'));
    await passes(9000);
    await task.apply(tcp('ALLOW', '{methods: [GET], ports: ["9000"]}'));
    await isRejected(9000);
    await isRejected(9001);
    await task.apply(tcp('DENY', '{methods: [GET], ports: ["9000"]}'));
    await isRejected(9000);
    await passes(9001);
    await task.remove(tcp('DENY', '{ports: ["9000"]}'));
  });
});

/** One connection with one line, as `nc` makes it; what comes back. */
async function exchange(host: string, port: number, line: string): Promise<string> {
  const socket = connect({ host, port });
  try {
    await once(socket, 'connect');
    socket.end(line);
    return await text(socket);
  } catch {
    return '';
  }
}
