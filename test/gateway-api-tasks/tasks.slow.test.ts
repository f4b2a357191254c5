import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createAuthority } from '#mesh/istiod/ca/authority.ts';
import { type OwnMesh, startOwnMesh } from '#test/own-mesh.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';

/** The tasks of Istio's documentation in their Gateway API form, with the real kubectl and curl. */
const TASKS = 'test/gateway-api-tasks';
const SAMPLES = 'test/istio-documentation';
const BOOKINFO = 'istio/bookinfo/gateway-api';

let mesh: OwnMesh;
beforeAll(async () => {
  mesh = await startOwnMesh('--filename', `${SAMPLES}/curl.yaml`, '--traces-to', 'none');
  await apply(`${SAMPLES}/httpbin.yaml`, `${SAMPLES}/bookinfo.yaml`, `${SAMPLES}/tcp-echo-services.yaml`);
  await shell('kubectl wait --for=condition=Ready pod --all --timeout=240s');
});
afterAll(() => mesh?.close());

/** What these lines print in the shell of the mesh. */
const shell = (...lines: string[]) => mesh.cli('shell', '-c', ['set -e', ...lines].join('\n'));
const apply = (...files: string[]) => shell(`kubectl apply ${files.map((file) => `-f ${file}`).join(' ')}`);
/** Changes reach the pods' ways a moment after a command has ended, as in a cluster. */
const soon = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 60_000, interval: 200 });

/** Where a Gateway's port is, once its Envoy runs: `127.64.1.2` or `127.64.1.2:8080`. */
async function placeOf(gateway: string, port: number): Promise<string> {
  const [namespace, name] = gateway.split('/');
  await shell(`kubectl wait -n ${namespace} --for=condition=programmed gtw ${name} --timeout=120s`);
  const { urls } = await mesh.client.overview();
  const found = urls.find((one) => one.name === `gateway ${gateway} port ${port}`);
  const { host = '', port: moved = '' } = found ? new URL(found.url.replace(/^tcp:/, 'http:')) : {};
  return moved === '' ? `${host}:${port}` : host;
}

/** How often each of the words stands in what a line prints. */
function counted(printed: string, word: RegExp): Record<string, number> {
  const found = Map.groupBy(printed.match(word) ?? [], (one) => one);
  return Object.fromEntries([...found].map(([one, all]) => [one, all.length]));
}

it('Ingress gateways: one host, two paths, everything else is not found', async () => {
  await apply(`${TASKS}/ingress.yaml`);
  const place = await placeOf('default/httpbin-gateway', 80);
  const status = (path: string) => `curl -s -I -HHost:httpbin.example.com "http://${place}${path}" | head -1`;
  expect((await shell(status('/status/200'), status('/headers'))).split(/\r?\n/)).toEqual([
    'HTTP/1.1 200 OK',
    'HTTP/1.1 404 Not Found',
    '',
  ]);
  expect(await shell(`curl -s -o /dev/null -w '%{http_code}' "http://${place}/status/200"`)).toBe('404');
});

it('Secure gateways: the Gateway shows the certificate of its Secret, and another one after a change', async () => {
  const folder = temporaryDirectory();
  const roots = join(folder, 'example.com.crt');
  /** The Secret anew, with a certificate of another authority. */
  const certify = async () => {
    const authority = await createAuthority('example.com');
    const issued = await authority.issue({ commonName: 'httpbin', dnsNames: ['httpbin.example.com'] });
    writeFileSync(roots, authority.root.certificate);
    writeFileSync(join(folder, 'tls.crt'), issued.certificate);
    writeFileSync(join(folder, 'tls.key'), issued.key);
    const files = `--key=${join(folder, 'tls.key')} --cert=${join(folder, 'tls.crt')}`;
    const create = `kubectl create -n istio-system secret tls httpbin-credential ${files} --dry-run=client -o yaml`;
    await shell(`${create} | kubectl apply -f -`);
  };
  await certify();
  await apply(`${TASKS}/secure-ingress.yaml`);
  const place = await placeOf('istio-system/mygateway', 443);
  const [host = '', port = ''] = place.split(':');
  const visit =
    `curl -s --resolve "httpbin.example.com:${port}:${host}" --cacert ${roots} ` +
    `-w ' %{http_code}' "https://httpbin.example.com:${port}/status/418"`;
  await soon(async () => expect(await shell(visit)).toMatch(/teapot[\s\S]* 418$/));
  await certify();
  await soon(async () => expect(await shell(visit)).toMatch(/ 418$/));
});

describe('bookinfo', () => {
  let place = '';
  beforeAll(async () => {
    await apply(`${BOOKINFO}/bookinfo-gateway.yaml`, `${BOOKINFO}/versions.yaml`);
    place = await placeOf('default/bookinfo', 80);
  });

  /** Which versions of reviews answer so many visits. */
  async function versions(visits: number, ...more: string[]): Promise<Record<string, number>> {
    const visit = `curl -s ${more.join(' ')} "http://${place}/productpage" | grep -o -m1 'reviews-v[123]'`;
    return counted(await shell(`for i in $(seq ${visits}); do ${visit}; done`), /reviews-v[123]/g);
  }

  it('Request routing: everybody to v1, and jason to v2', async () => {
    await apply(`${BOOKINFO}/route-reviews-v1.yaml`);
    await soon(async () => expect(await versions(5)).toEqual({ 'reviews-v1': 5 }));
    await apply(`${BOOKINFO}/route-reviews-test-v2.yaml`);
    await shell(`curl -s -c "$MESH_HOME/jar" -d username=jason "http://${place}/login"`);
    await soon(async () => expect(await versions(5, '-b', '"$MESH_HOME/jar"')).toEqual({ 'reviews-v2': 5 }));
    expect(await versions(5)).toEqual({ 'reviews-v1': 5 });
  });

  it('Traffic shifting: half to v3, then all', async () => {
    await apply(`${BOOKINFO}/route-reviews-50-v3.yaml`);
    // By chance, one of two versions answers all of forty visits once in 500,000,000,000 runs.
    await soon(async () =>
      expect(Object.keys(await versions(40)).sort()).toEqual(['reviews-v1', 'reviews-v3']),
    );
    await apply(`${BOOKINFO}/route-reviews-v3.yaml`);
    await soon(async () => expect(await versions(5)).toEqual({ 'reviews-v3': 5 }));
  });

  it('Request timeouts: half a second for reviews, which wait two seconds for ratings', async () => {
    await apply(`${TASKS}/delayed-ratings.yaml`, `${BOOKINFO}/route-reviews-timeout.yaml`);
    const visit = `curl -s -w '%{time_total}' "http://${place}/productpage"`;
    await soon(async () =>
      expect(await shell(visit)).toContain('Sorry, product reviews are currently unavailable for this book.'),
    );
    await shell(`kubectl delete -f ${TASKS}/delayed-ratings.yaml`);
    await soon(async () => expect(await shell(visit)).toContain('reviews-v2'));
  });
});

it('Mirroring: the first version answers, the second one sees a copy', async () => {
  await apply(`${TASKS}/mirrored.yaml`, `${TASKS}/mirror-none.yaml`);
  await shell('kubectl wait --for=condition=Ready pod -l app=mirrored --timeout=120s');
  const ask = (path: string) =>
    shell(
      `kubectl exec deploy/curl -c curl -- curl -sS -o /dev/null -w '%{http_code}' http://mirrored:8000${path}`,
    );
  const log = (version: string) => shell(`kubectl logs deploy/mirrored-${version} -c httpbin`);
  await soon(async () => expect(await ask('/get?before')).toBe('200'));
  await soon(async () => expect(await log('v1')).toContain('/get?before'));
  expect(await log('v2')).not.toContain('/get?before');
  await apply(`${TASKS}/mirror-to-v2.yaml`);
  expect(await ask('/get?copied')).toBe('200');
  await soon(async () => expect(await log('v2')).toContain('/get?copied'));
  expect(await log('v1')).toContain('/get?copied');
});

it('TCP traffic shifting: all connections to v1, then a fifth to v2', async () => {
  await apply(`${TASKS}/tcp-all-v1.yaml`);
  const [host, port] = (await placeOf('default/tcp-echo-gateway', 31400)).split(':');
  const say = async () => {
    const socket = connect(Number(port), host);
    await once(socket, 'connect');
    socket.write('hello\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    socket.end();
    return answer.toString();
  };
  const said = async (times: number) => {
    const answers: string[] = [];
    for (let count = 0; count < times; count += 1) answers.push(await say());
    return counted(answers.join(''), /(one|two) hello/g);
  };
  await soon(async () => expect(await said(10)).toEqual({ 'one hello': 10 }));
  await apply(`${TASKS}/tcp-20-v2.yaml`);
  // By chance, none of a hundred goes to the second version once in 5,000,000,000 runs.
  await soon(async () => expect(Object.keys(await said(100)).sort()).toEqual(['one hello', 'two hello']));
});
