import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAuthority } from '#mesh/istiod/ca/authority.ts';
import { attachStreams, type StreamTarget, UPGRADE_REQUIRED } from '../attach-streams.ts';
import { failure, StatusError } from '../remote-io.ts';

const PODS = '/api/v1/namespaces/default/pods/p';
const POD = {
  kind: 'Pod',
  apiVersion: 'v1',
  metadata: { name: 'p', namespace: 'default', uid: '1' },
  spec: { containers: [{ name: 'app', image: 'app', stdin: true, tty: true }] },
  status: { phase: 'Running' },
};
const RESOURCES = {
  kind: 'APIResourceList',
  groupVersion: 'v1',
  resources: [
    {
      name: 'pods',
      singularName: 'pod',
      namespaced: true,
      kind: 'Pod',
      shortNames: ['po'],
      verbs: ['get', 'list'],
    },
  ],
};
const ANSWERS = new Map<string, unknown>([
  ['/api', { kind: 'APIVersions', versions: ['v1'] }],
  ['/apis', { kind: 'APIGroupList', apiVersion: 'v1', groups: [] }],
  ['/api/v1', RESOURCES],
  [PODS, POD],
]);

export interface FakeApiServer extends AsyncDisposable {
  url: string;
  port: number;
  /** The upgrades asked for so far, as `PROTOCOL subresource`. */
  upgrades: string[];
  /** What went wrong on the server's side. */
  errors: unknown[];
}

/** An API server with one pod, `p`, whose streams lead where `targets` says. */
export async function fakeApiServer(
  targets: Record<string, StreamTarget>,
  { tls }: { tls: boolean },
): Promise<FakeApiServer> {
  const upgrades: string[] = [];
  const errors: unknown[] = [];
  const server = tls ? createTlsServer(await certificate(), answer) : createServer(answer);
  attachStreams(server, {
    resolve: (request) => {
      const subresource = pathOf(request).slice(PODS.length + 1);
      const protocol = request.headers['sec-websocket-protocol'] ?? request.headers.upgrade;
      upgrades.push(`${protocol} ${subresource}`);
      const target = new Map(Object.entries(targets)).get(subresource);
      if (target === undefined) throw new StatusError(failure(404, 'NotFound', `no ${subresource} here`));
      return target;
    },
    onError: (error) => errors.push(error),
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    upgrades,
    errors,
    [Symbol.asyncDispose]: close,
  };
}

async function certificate() {
  const authority = await createAuthority('fake');
  const { key, certificate: cert } = await authority.issue({ dnsNames: ['localhost'] });
  return { key, cert };
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const path = pathOf(request);
  const body =
    ANSWERS.get(path) ?? (path.startsWith(`${PODS}/`) ? UPGRADE_REQUIRED : failure(404, 'NotFound', path));
  const code = (body as { code?: number }).code ?? 200;
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function pathOf(request: IncomingMessage): string {
  return new URL(request.url ?? '/', 'http://localhost').pathname;
}
