import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type OwnMesh, startOwnMesh } from '#test/own-mesh.ts';

/** The commands of Istio's documentation for its first samples, as they stand there but for the paths of the files. */
const SAMPLES = 'test/istio-documentation';

let mesh: OwnMesh;
beforeAll(async () => {
  mesh = await startOwnMesh('--filename', `${SAMPLES}/curl.yaml`, '--traces-to', 'none');
});
afterAll(() => mesh?.close());

/** What these lines print in the shell of the mesh. */
const shell = (...lines: string[]) => mesh.cli('shell', '-c', ['set -e', ...lines].join('\n'));
const apply = (name: string) => `kubectl apply -f ${SAMPLES}/${name}.yaml`;
/** Changes reach the pods' ways a moment after a command has ended, as in a cluster. */
const soon = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 60_000, interval: 200 });

const service = 'kubectl -n istio-system get service istio-ingressgateway';
const pod = 'kubectl get po -l istio=ingressgateway -n istio-system';
const loadBalancer = [
  `export INGRESS_HOST=$(${service} -o jsonpath='{.status.loadBalancer.ingress[0].ip}')`,
  `export INGRESS_PORT=$(${service} -o jsonpath='{.spec.ports[?(@.name=="http2")].port}')`,
  `export SECURE_INGRESS_PORT=$(${service} -o jsonpath='{.spec.ports[?(@.name=="https")].port}')`,
  `export TCP_INGRESS_PORT=$(${service} -o jsonpath='{.spec.ports[?(@.name=="tcp")].port}')`,
];
const nodePort = [
  `export INGRESS_PORT=$(${service} -o jsonpath='{.spec.ports[?(@.name=="http2")].nodePort}')`,
  `export SECURE_INGRESS_PORT=$(${service} -o jsonpath='{.spec.ports[?(@.name=="https")].nodePort}')`,
  `export TCP_INGRESS_PORT=$(${service} -o jsonpath='{.spec.ports[?(@.name=="tcp")].nodePort}')`,
  `export INGRESS_HOST=$(${pod} -o jsonpath='{.items[0].status.hostIP}')`,
];
const gatewayUrl = 'export GATEWAY_URL=$INGRESS_HOST:$INGRESS_PORT';
const shown = 'echo "$INGRESS_HOST:$INGRESS_PORT $SECURE_INGRESS_PORT $TCP_INGRESS_PORT"';
const title = 'grep -o "<title>.*</title>"';

it('the lines that determine the ingress IP and ports work before any Gateway, by load balancer and by node port', async () => {
  const found = await shell(...loadBalancer, shown);
  expect(found).toMatch(/^127\.0\.0\.1:\d+ \d+ \d+\n$/);
  expect(found.split(' ')[0]).toBe(new URL(mesh.gatewayUrl).host.replace('localhost', '127.0.0.1'));
  expect(await shell(...nodePort, shown)).toBe(found);
});

describe('bookinfo', () => {
  it('starts, and its pods reach each other', async () => {
    await shell('kubectl label namespace default istio-injection=enabled --overwrite', apply('bookinfo'));
    await shell('kubectl wait --for=condition=Ready pod --all --timeout=120s');
    expect((await shell('kubectl get pods --no-headers')).match(/ 2\/2 +Running/g)).toHaveLength(7);
    const ratings = `"$(kubectl get pod -l app=ratings -o jsonpath='{.items[0].metadata.name}')"`;
    const exec = `kubectl exec ${ratings} -c ratings -- curl -sS productpage:9080/productpage | ${title}`;
    await soon(async () => expect(await shell(exec)).toBe('<title>Simple Bookstore App</title>\n'));
  });

  it('is open to the outside at the address that the lines find, with a Gateway for port 8080', async () => {
    await shell(apply('bookinfo-gateway'));
    expect(await shell('kubectl get gateways.networking.istio.io')).toMatch(/^NAME +AGE\nbookinfo-gateway /);
    const visit = `curl -s "http://\${GATEWAY_URL}/productpage" | ${title}`;
    for (const lines of [loadBalancer, nodePort])
      await soon(async () =>
        expect(await shell(...lines, gatewayUrl, visit)).toBe('<title>Simple Bookstore App</title>\n'),
      );
    // What the mesh itself tells of the gateway is the same place.
    const { urls, gatewayUrl: url = '' } = await mesh.client.overview();
    expect(await (await fetch(`${url}/productpage`)).text()).toContain('Simple Bookstore App');
    expect(urls).toEqual([{ name: 'gateway port 80', url }]);
  });

  it('is routed to the first version, and for jason to the second', async () => {
    await shell(apply('destination-rule-all'), apply('virtual-service-all-v1'));
    const stars = async (...more: string[]) => {
      const visit = `curl -s ${more.join(' ')} http://$GATEWAY_URL/productpage`;
      const pages = await shell(...loadBalancer, gatewayUrl, `for i in 1 2 3 4 5 6 7 8 9; do ${visit}; done`);
      expect(pages.match(/Simple Bookstore App<\/title>/g)).toHaveLength(9);
      return new Set(pages.match(/reviews-v[123]/g));
    };
    await soon(async () => expect(await stars()).toEqual(new Set(['reviews-v1'])));
    await shell(apply('virtual-service-reviews-test-v2'));
    await shell(
      ...loadBalancer,
      gatewayUrl,
      'curl -s -c "$MESH_HOME/jar" -d username=jason "http://$GATEWAY_URL/login"',
    );
    await soon(async () => expect(await stars('-b', '"$MESH_HOME/jar"')).toEqual(new Set(['reviews-v2'])));
    expect(await stars()).toEqual(new Set(['reviews-v1']));
  });
});

describe('httpbin and helloworld', () => {
  it("share the gateway's one listener with bookinfo, though their Gateways say 80 and its 8080", async () => {
    await shell(apply('httpbin'), apply('httpbin-gateway'), apply('helloworld'), apply('helloworld-gateway'));
    await shell('kubectl wait --for=condition=Ready pod --all --timeout=120s');
    const visits = [
      'curl -s -I -HHost:httpbin.example.com "http://$INGRESS_HOST:$INGRESS_PORT/status/200" | head -1',
      'curl -s -I -HHost:httpbin.example.com "http://$INGRESS_HOST:$INGRESS_PORT/headers" | head -1',
      `curl -s "http://$GATEWAY_URL/productpage" | ${title}`,
    ];
    await soon(async () =>
      expect((await shell(...loadBalancer, gatewayUrl, ...visits)).split(/\r?\n/)).toEqual([
        'HTTP/1.1 200 OK',
        'HTTP/1.1 404 Not Found',
        '<title>Simple Bookstore App</title>',
        '',
      ]),
    );
  });

  it('tell which version and which pod has answered', async () => {
    const names = await shell("kubectl get pod -l app=helloworld -o jsonpath='{.items[*].metadata.name}'");
    const seen = new Set<string>();
    await soon(async () => {
      seen.add(await shell(...loadBalancer, gatewayUrl, 'curl -s http://$GATEWAY_URL/hello'));
      expect(seen.size).toBe(2);
    });
    const instances = names
      .split(' ')
      .map((name) => `Hello version: ${name.split('-')[1]}, instance: ${name}\n`);
    expect([...seen].sort()).toEqual(instances.sort());
  });
});

describe('tcp-echo', () => {
  let at: { host: string; port: number };
  beforeAll(async () => {
    await shell(apply('tcp-echo-services'), apply('tcp-echo-all-v1'));
    const [host = '', port] = (await shell(...loadBalancer, 'echo $INGRESS_HOST $TCP_INGRESS_PORT')).split(
      ' ',
    );
    at = { host, port: Number(port) };
  });

  /** One connection with one line, as `nc` makes it; what comes back. */
  async function line(): Promise<string> {
    const socket = connect(at);
    await once(socket, 'connect');
    socket.end('world\n');
    return text(socket);
  }

  async function lines(count: number): Promise<Record<string, number>> {
    const answers: string[] = [];
    for (let sent = 0; sent < count; sent++) answers.push(await line());
    return Object.fromEntries(
      [...Map.groupBy(answers, (answer) => answer)].map(([key, { length }]) => [key, length]),
    );
  }

  it('runs in two versions, whose third port their manifest does not declare', async () => {
    await shell('kubectl wait --for=condition=Ready pod --all --timeout=120s');
    const pods = await shell('kubectl get pod -l app=tcp-echo --no-headers');
    expect(pods.match(/^tcp-echo-v[12]-\S+ +2\/2 +Running +0 /gm)).toHaveLength(2);
    await soon(async () => expect(await line()).toBe('one world\n'));
  });

  it('loses no line of 200, all of them to v1 and then one of five to v2', async () => {
    expect(await lines(200)).toEqual({ 'one world\n': 200 });
    await shell(apply('tcp-echo-20-v2'));
    await soon(async () => expect(await line()).toBe('two world\n'));
    const { 'one world\n': one = 0, 'two world\n': two = 0, ...others } = await lines(200);
    expect(others).toEqual({});
    expect(one + two).toBe(200);
    expect(Math.min(one, two)).toBeGreaterThan(0);
  });

  it('is reached at the undeclared port by a Service that comes later', async () => {
    await shell(`kubectl apply -f - <<EOF
apiVersion: v1
kind: Service
metadata: {name: tcp-echo-third}
spec: {selector: {app: tcp-echo, version: v2}, ports: [{name: tcp, port: 7000, targetPort: 9002}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: tcp-echo}
spec:
  hosts: ["*"]
  gateways: [tcp-echo-gateway]
  tcp: [{route: [{destination: {host: tcp-echo-third, port: {number: 7000}}}]}]
EOF`);
    await soon(async () => expect(await lines(10)).toEqual({ 'two world\n': 10 }));
  });
});

it('takes a file with unknown images: stand-ins play them, and kubectl says so once for each image', async () => {
  const deployment = (name: string, image: string) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  selector: {matchLabels: {app: ${name}}}
  template: {metadata: {labels: {app: ${name}}}, spec: {containers: [{name: c, image: "${image}"}]}}`;
  const file = [
    ['a', 'shop/cart:1'],
    ['b', 'shop/cart:1'],
    ['c', 'redis'],
    ['d', 'shop/pay'],
  ]
    .map(([name = '', image = '']) => deployment(name, image))
    .join('\n---');
  const output = await shell(`kubectl apply -f - 2>&1 <<EOF\n${file}\nEOF`);
  expect(output.match(/^deployment\.apps\/[abcd] created$/gm)).toHaveLength(4);
  expect(output.match(/no program here plays the image [\w/:]+: a stand-in answers/g)).toEqual([
    'no program here plays the image shop/cart:1: a stand-in answers',
    'no program here plays the image shop/pay: a stand-in answers',
  ]);
  for (const name of ['a', 'b', 'c', 'd'])
    await shell(`kubectl rollout status deployment/${name} --timeout=60s`);
  await shell('kubectl delete deployment a b c d');
});
