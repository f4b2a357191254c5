import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { adminSocket, stateDirectory } from '#mesh/kubelet/state/state-directory.ts';
import { type StartedMesh, startMesh } from '#mesh/run/testing/started-mesh.ts';
import { getLocal } from '#mesh/serve/get-local.ts';

let mesh: StartedMesh;
beforeAll(async () => {
  mesh = await startMesh();
  expect(await mesh.ready()).toBe('ready');
});
afterAll(() => mesh?.end());

const socket = (name: string) => adminSocket(stateDirectory({ MESH_HOME: mesh.home }, '/'), `istiod ${name}`);
const get = (path: string) => getLocal({ socketPath: socket('http'), path });
const ads = '/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources';

/** What a call that sends these bytes ends with. */
async function statusOf(bytes: Buffer, path = ads): Promise<unknown> {
  const session = connectHttp2('http://istiod', { createConnection: () => connect(socket('xds')) });
  const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc' });
  const trailers = once(stream, 'trailers');
  stream.resume().end(bytes);
  const [{ 'grpc-status': status }] = await trailers;
  session.close();
  return status;
}

function frame(message: Buffer, { compressed = 0, length = message.length } = {}): Buffer {
  const head = Buffer.alloc(5);
  head[0] = compressed;
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, message]);
}

/** A DiscoveryRequest for the type. */
const asking = (type: string) => frame(Buffer.concat([Buffer.from([0x22, type.length]), Buffer.from(type)]));

describe('the pages of the control plane', () => {
  test.each([
    ['/version', '1.32.0-mesh101-Clean'],
    ['//version', '1.32.0-mesh101-Clean'],
    ['/ready', 'ok'],
    ['/metrics', 'pilot_xds{version="1.32.0"} 1'],
    ['/debug', '/debug/syncz: How much of its configuration each Envoy has acknowledged'],
    ['/debug/syncz', '"proxy_type": "router"'],
    ['/debug/mesh', '"trustDomain": "cluster.local"'],
    ['/debug/inject', 'istio-proxy'],
  ])('%s', async (path, content) => {
    const answer = await get(path);
    expect(answer.status).toBe(200);
    expect(answer.text).toContain(content);
  });

  test.each([
    ['/debug/nope', 'there is no page /debug/nope'],
    ['/debug/config_dump', 'add ?proxyID= with one of istio-ingressgateway-'],
    ['/debug/config_dump?proxyID=__proto__', 'no Envoy is called __proto__'],
    ['/debug/constructor', 'there is no page'],
  ])('%s is not there, and says what is', async (path, content) => {
    const answer = await get(path);
    expect(answer.status).toBe(404);
    expect(answer.text).toContain(content);
  });
});

describe('a call by gRPC', () => {
  it('is answered, and ends well', async () => {
    expect(await statusOf(asking('istio.io/debug/syncz'))).toBe('0');
  });

  test.each([
    ['that is no message', () => statusOf(frame(Buffer.from([0xff, 0xff, 0xff]))), '3'],
    ['that is compressed', () => statusOf(frame(Buffer.from([1]), { compressed: 1 })), '12'],
    ['that is too long', () => statusOf(frame(Buffer.alloc(0), { length: 0x7fffffff })), '8'],
    ['of another method', () => statusOf(Buffer.alloc(0), '/a.b/C'), '12'],
    [
      'for what Envoys ask for',
      () => statusOf(asking('type.googleapis.com/envoy.config.cluster.v3.Cluster')),
      '12',
    ],
  ])('%s ends with its status, and costs nothing else', async (_, call, status) => {
    expect(await call()).toBe(status);
    expect(await statusOf(asking('istio.io/debug/syncz'))).toBe('0');
  });
});

test.each([
  ['no JSON', '/inject', 'nonsense', 400],
  ['no pod', '/inject', '{"kind":"AdmissionReview","request":{"object":{}}}', 400],
  ['another path', '/validate', '{}', 404],
])('the webhook refuses %s', async (_, path, body, status) => {
  const asked = httpsRequest({
    ...{ socketPath: socket('webhook'), path, method: 'POST', servername: 'istiod.istio-system.svc' },
    rejectUnauthorized: false,
  });
  asked.end(body);
  const [response] = await once(asked, 'response');
  await text(response);
  expect(response.statusCode).toBe(status);
});
