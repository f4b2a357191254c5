import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Caller } from '#mesh/run/testing/calls.ts';
import { eventually } from '#mesh/run/testing/eventually.ts';
import { manifest, type StartedMesh, startMesh } from '#mesh/run/testing/started-mesh.ts';

let mesh: StartedMesh;
let inside: Caller;
let stranger: Caller;

beforeAll(async () => {
  mesh = await startMesh();
  const { diagnostics } = await mesh.apply(manifest('protocols.yaml'));
  expect(diagnostics.map(({ code }) => code)).toEqual(['IST0118', 'IST0118']);
  expect(await mesh.ready()).toBe('ready');
  [inside, stranger] = await Promise.all([Caller.of(mesh, 'web'), Caller.of(mesh, 'stranger')]);
  await eventually(
    () => exchange('web', 'lines:9000', 'x\n'),
    (answer) => answer === 'one x\n',
  );
});
afterAll(() => mesh.end());

async function mutualTls(mode: 'STRICT' | 'PERMISSIVE' | 'DISABLE'): Promise<void> {
  const { diagnostics } = await mesh.apply(`
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default}
spec: {mtls: {mode: ${mode}}}
`);
  expect(diagnostics).toEqual([]);
}

describe.each(['PERMISSIVE', 'STRICT', 'DISABLE'] as const)('a port without protocol, %s', (mode) => {
  beforeAll(() => mutualTls(mode));

  it('follows rules for requests', async () => {
    expect(await inside.call({ url: 'http://web:7001/' })).toEqual({ status: 200, text: 'web' });
    expect(await inside.status({ url: 'http://web:7001/no' })).toBe(418);
    const headers = await inside.call({ url: 'http://web:7001/headers' });
    expect(JSON.parse(headers.text)).toHaveProperty('x-request-id');
  });

  it('routes requests in a tunnel and at its own address too', async () => {
    expect(await inside.overTunnel('web:7001')).toBe('web');
    const answer = await exchange('web', 'web:7001', 'GET /no HTTP/1.1\r\nhost: anything\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1.1 418/);
  });

  it('carries other bytes as they are', async () => {
    expect(await exchange('web', 'lines:9000', 'hello\n')).toBe('one hello\n');
  });

  it('takes callers without sidecar, and their own TLS, unless it is STRICT', async () => {
    if (mode === 'STRICT') {
      expect(await exchange('stranger', 'lines:9000', 'hello\n')).toBe('');
      await expect(stranger.call({ url: 'http://web:7001/' })).rejects.toThrow('ECONNRESET');
      return;
    }
    expect(await exchange('stranger', 'lines:9000', 'hello\n')).toBe('one hello\n');
    expect(await stranger.call({ url: 'http://web:7001/' })).toEqual({ status: 200, text: 'web' });
    const greeting = await tlsGreeting();
    const answer = await exchange('stranger', 'lines:9000', greeting);
    expect(answer).toBe(`one ${greeting.toString()}`);
  });
});

it('takes plain text at a single port of a STRICT workload, from callers of the mesh too', async () => {
  const { diagnostics } = await mesh.apply(`
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  mtls: {mode: STRICT}
  portLevelMtls: {"8080": {mode: DISABLE}}
`);
  expect(diagnostics).toEqual([]);
  expect(await inside.call({ url: 'http://web:7001/' })).toEqual({ status: 200, text: 'web' });
  expect(await stranger.call({ url: 'http://web:7001/' })).toEqual({ status: 200, text: 'web' });
});

/** What a service answers first to bytes from a pod of an app; empty when it closes the connection. */
async function exchange(app: string, to: string, bytes: string | Buffer): Promise<string> {
  const pod = (await mesh.pods()).find(({ metadata }) => metadata.labels?.['app'] === app);
  const { env } = await mesh.client.execTarget({ name: pod?.metadata.name ?? app, namespace: 'default' });
  const pair = env['HOST_MAP']?.split(',').find((one) => one.startsWith(`${to}=`));
  const socket = connect(Number(pair?.split(':').at(-1)), '127.0.0.1', () => socket.write(bytes));
  const answer = await new Promise<Buffer>((resolve) => {
    socket.on('error', () => resolve(Buffer.of()));
    socket.once('close', () => resolve(Buffer.of()));
    socket.once('data', resolve);
  });
  socket.destroy();
  return answer.toString();
}

/** The first bytes of a TLS client that is not of the mesh. */
async function tlsGreeting(): Promise<Buffer> {
  const server: Server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const client = connectTls({ port, host: '127.0.0.1', servername: 'lines.example' });
  client.on('error', () => undefined);
  const [socket] = (await once(server, 'connection')) as [Socket];
  const [greeting] = (await once(socket, 'data')) as [Buffer];
  client.destroy();
  socket.destroy();
  server.close();
  return greeting;
}
