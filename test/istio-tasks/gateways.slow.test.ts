import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { soon, startTaskMesh, status, type TaskMesh } from '#test/istio-tasks/task-mesh.ts';

/** The tasks of Istio's documentation about what comes into the mesh and what leaves it, each by its own steps. */
let task: TaskMesh;
/** Somebody outside of the mesh. */
let outside: Server;
beforeAll(async () => {
  outside = createServer((request, response) => {
    const delay = /^\/delay\/(\d+)/.exec(request.url ?? '')?.[1];
    setTimeout(() => response.end('outside'), Number(delay ?? 0) * 1000);
  }).listen(0, '127.0.0.1');
  await once(outside, 'listening');
  task = await startTaskMesh();
  await task.shell('kubectl label namespace default istio-injection=enabled --overwrite');
  await task.shell('kubectl rollout restart deploy/curl && kubectl rollout status deploy/curl --timeout=60s');
});
afterAll(async () => {
  await task?.mesh.close();
  outside.closeAllConnections();
  outside.close();
});

const certificate = (name: string, more = '') =>
  `echo subjectAltName=DNS:${name} > ${name}.ext
   openssl req -out ${name}.csr -newkey rsa:2048 -nodes -keyout ${name}.key -subj "/CN=${name}/O=organization" 2>/dev/null
   openssl x509 -req -sha256 -days 365 -CA ca.crt -CAkey ca.key -set_serial ${more || '1'} -in ${name}.csr -out ${name}.crt -extfile ${name}.ext 2>/dev/null`;

describe('gateways', () => {
  const inFolder = (...lines: string[]) => task.shell('cd "$MESH_HOME"', ...lines);
  const secret = (name: string, file: string) =>
    `kubectl create -n istio-system secret tls ${name} --key=${file}.key --cert=${file}.crt`;
  const server = (name: string, host: string, mode = 'SIMPLE') =>
    `    - {port: {number: 443, name: https-${name}, protocol: HTTPS}, tls: {mode: ${mode}, credentialName: ${name}-credential}, hosts: [${host}]}`;
  const gateway = (...servers: string[]) => `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: mygateway}
spec:
  selector: {istio: ingressgateway}
  servers:
${servers.join('\n')}`;
  const route = (name: string, port: number) => `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ${name}}
spec:
  hosts: [${name}.example.com]
  gateways: [mygateway]
  http: [{route: [{destination: {host: ${name}, port: {number: ${port}}}}]}]`;
  const visit = (host: string, path: string, options = '--cacert ca.crt') =>
    inFolder(
      `curl -s -o /dev/null -w '%{http_code}' -HHost:${host} --resolve "${host}:$SECURE_INGRESS_PORT:$INGRESS_HOST" ${options} "https://${host}:$SECURE_INGRESS_PORT${path}" || true`,
    );

  it('secure gateways: one host by TLS, its new certificate, a second host, and mutual TLS', async () => {
    await task.sample('httpbin');
    await task.sample('helloworld');
    await inFolder(
      'openssl req -x509 -sha256 -nodes -days 365 -newkey rsa:2048 -subj "/O=example Inc./CN=example.com" -keyout ca.key -out ca.crt 2>/dev/null',
      certificate('httpbin.example.com'),
      secret('httpbin-credential', 'httpbin.example.com'),
    );
    await task.apply(
      [gateway(server('httpbin', 'httpbin.example.com')), route('httpbin', 8000)].join('\n---'),
    );
    await soon(async () => expect(await visit('httpbin.example.com', '/status/418')).toBe('418'));
    await inFolder(
      'kubectl -n istio-system delete secret httpbin-credential',
      'openssl req -x509 -sha256 -nodes -days 365 -newkey rsa:2048 -subj "/O=example Inc./CN=example.com" -keyout ca.key -out ca.crt 2>/dev/null',
      certificate('httpbin.example.com', '7'),
      secret('httpbin-credential', 'httpbin.example.com'),
    );
    await soon(async () => expect(await visit('httpbin.example.com', '/status/418')).toBe('418'));
    await inFolder(
      certificate('helloworld.example.com', '2'),
      secret('helloworld-credential', 'helloworld.example.com'),
    );
    const two = gateway(
      server('httpbin', 'httpbin.example.com'),
      server('helloworld', 'helloworld.example.com'),
    );
    await task.apply([two, route('helloworld', 5000)].join('\n---'));
    await soon(async () => expect(await visit('helloworld.example.com', '/hello')).toBe('200'));
    expect(await visit('httpbin.example.com', '/status/418')).toBe('418');
    await inFolder(
      'kubectl -n istio-system delete secret httpbin-credential',
      'kubectl create -n istio-system secret generic httpbin-credential --from-file=tls.key=httpbin.example.com.key --from-file=tls.crt=httpbin.example.com.crt --from-file=ca.crt=ca.crt',
      certificate('client.example.com', '3'),
    );
    await task.apply(gateway(server('httpbin', 'httpbin.example.com', 'MUTUAL')));
    await soon(async () => expect(await visit('httpbin.example.com', '/status/418')).toBe('000'));
    const shown = '--cacert ca.crt --cert client.example.com.crt --key client.example.com.key';
    await soon(async () => expect(await visit('httpbin.example.com', '/status/418', shown)).toBe('418'));
    await task.shell(
      'kubectl delete gateways.networking.istio.io mygateway',
      'kubectl delete virtualservice httpbin helloworld',
    );
  });

  it('ingress control: the hosts and paths of a VirtualService, and nothing else', async () => {
    await task.apply(`
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: httpbin-gateway}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [httpbin.example.com]}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: httpbin}
spec:
  hosts: [httpbin.example.com]
  gateways: [httpbin-gateway]
  http:
    - match: [{uri: {prefix: /status}}, {uri: {prefix: /delay}}]
      route: [{destination: {port: {number: 8000}, host: httpbin}}]`);
    const ask = (path: string) =>
      task.shell(
        `curl -s -o /dev/null -w '%{http_code}' -HHost:httpbin.example.com "http://$GATEWAY_URL${path}"`,
      );
    await soon(async () => expect(await ask('/status/200')).toBe('200'));
    expect(await ask('/headers')).toBe('404');
    await task.shell(
      'kubectl delete gateways.networking.istio.io httpbin-gateway',
      'kubectl delete virtualservice httpbin',
    );
  });
});

describe('egress', () => {
  const local = () => (outside.address() as AddressInfo).port;
  const entry = () => `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: outside}
spec:
  hosts: [outside.example.org]
  ports: [{number: 80, name: http, protocol: HTTP}]
  resolution: STATIC
  location: MESH_EXTERNAL
  endpoints: [{address: 127.0.0.1, ports: {http: ${local()}}}]`;
  const ask = (path: string) =>
    task.shell(status('curl', 'default', `http://outside.example.org${path}`)).then((text) => text.trim());

  it('egress control: a host is reached when an entry names it, and its routes hold for it', async () => {
    await task.apply(`
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    outboundTrafficPolicy: {mode: REGISTRY_ONLY}`);
    await soon(async () => expect(await ask('/')).toBe('502'));
    await task.apply(entry());
    await soon(async () => expect(await ask('/')).toBe('200'));
    await task.apply(`
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: outside}
spec:
  hosts: [outside.example.org]
  http: [{timeout: 1s, route: [{destination: {host: outside.example.org}, weight: 100}]}]`);
    await soon(async () => expect(await ask('/delay/5')).toBe('504'));
    await task.shell('kubectl delete virtualservice outside');
  });

  it('egress gateway: what leaves the mesh passes one gateway', async () => {
    await task.apply(`
apiVersion: v1
kind: Service
metadata: {name: istio-egressgateway, namespace: istio-system, labels: {istio: egressgateway}}
spec: {selector: {istio: egressgateway}, ports: [{name: http2, port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: istio-egressgateway, namespace: istio-system}
spec:
  selector: {matchLabels: {istio: egressgateway}}
  template:
    metadata: {labels: {istio: egressgateway}, annotations: {inject.istio.io/templates: gateway}}
    spec: {containers: [{name: istio-proxy, image: auto, ports: [{containerPort: 8080}]}]}`);
    await task.shell('kubectl rollout status -n istio-system deploy/istio-egressgateway --timeout=60s');
    await task.apply(`
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: istio-egressgateway}
spec:
  selector: {istio: egressgateway}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [outside.example.org]}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: direct-outside-through-egress-gateway}
spec:
  hosts: [outside.example.org]
  gateways: [istio-egressgateway, mesh]
  http:
    - match: [{gateways: [mesh], port: 80}]
      route: [{destination: {host: istio-egressgateway.istio-system.svc.cluster.local, port: {number: 80}}}]
    - match: [{gateways: [istio-egressgateway], port: 80}]
      route: [{destination: {host: outside.example.org, port: {number: 80}}}]`);
    await soon(async () => expect(await ask('/through')).toBe('200'));
    const passed = () =>
      task.shell(
        "kubectl exec -n istio-system deploy/istio-egressgateway -c istio-proxy -- pilot-agent request GET 'stats?filter=outside.example.org.*upstream_rq_200' || true",
      );
    await soon(async () => {
      await ask('/through');
      expect(await passed()).toMatch(/upstream_rq_200: [1-9]/);
    });
  });
});
