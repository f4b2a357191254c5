import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type ServerHttp2Session,
} from 'node:http2';
import type { Server } from 'node:net';
import type { KeyPair } from '#mesh/istiod/ca/authority.ts';
import { istioVersion } from '#mesh/istiod/model/mesh.ts';
import { adminSocket, type StateDirectory } from '#mesh/kubelet/state/state-directory.ts';
import type { LocalMesh } from '#mesh/run/apply/local-mesh.ts';
import { DebugPages, NoSuchPage } from '#mesh/run/istiod/debug-pages.ts';
import { serveGrpc } from '#mesh/run/istiod/grpc-stream.ts';
import { createWebhook } from '#mesh/run/istiod/webhook.ts';
import { type Asked, createHttpServer } from '#mesh/serve/http-server.ts';

export interface ControlPlaneOptions {
  readonly mesh: LocalMesh;
  readonly state: StateDirectory;
  /** istiod's own, for its port with TLS. */
  readonly certificate: KeyPair;
  readonly onBug: (error: unknown) => void;
}

export interface ControlPlane {
  /** From the ports of the control plane's pod to Unix sockets, which only this user can open. */
  readonly ports: ReadonlyMap<number, string>;
  close(): void;
}

/** Serves what istioctl asks of istiod: its debug pages over HTTP, and the Envoys' state by xDS over gRPC. */
export async function serveControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { mesh, state, certificate, onBug } = options;
  const pages = new DebugPages(mesh);
  const http = createHttpServer({ handle: (asked) => answer(asked, pages), onBug });
  const plain = createServer();
  const secure = createSecureServer({ cert: certificate.certificate, key: certificate.key });
  const sessions = new Set<ServerHttp2Session>();
  for (const server of [plain, secure]) serveStatus(server, { mesh, pages, sessions, onBug });
  const socketOf = (name: string) => adminSocket(state, `istiod ${name}`);
  const webhook = createWebhook(certificate, onBug);
  const sockets = {
    ...{ http: socketOf('http'), webhook: socketOf('webhook') },
    ...{ plain: socketOf('xds'), secure: socketOf('xds with TLS') },
  };
  await listen(http, sockets.http);
  await listen(plain, sockets.plain);
  await listen(secure, sockets.secure);
  await listen(webhook, sockets.webhook);
  return {
    ports: new Map([
      [8080, sockets.http],
      [15014, sockets.http],
      [15010, sockets.plain],
      [15012, sockets.secure],
      [15017, sockets.webhook],
    ]),
    close() {
      for (const server of [http, plain, secure, webhook]) server.close();
      http.closeAllConnections();
      webhook.closeAllConnections();
      for (const session of sessions) session.destroy();
    },
  };
}

interface StatusServer {
  readonly mesh: LocalMesh;
  readonly pages: DebugPages;
  readonly sessions: Set<ServerHttp2Session>;
  readonly onBug: (error: unknown) => void;
}

function serveStatus(
  server: Http2Server | Http2SecureServer,
  { mesh, pages, sessions, onBug }: StatusServer,
): void {
  // Protobuf is read when somebody asks, not while the mesh comes up.
  const service = onFirstUse(async () => {
    const { statusService } = await import('#mesh/run/istiod/status-service.ts');
    return statusService({
      pages,
      podName: () => mesh.pods.find(({ plan }) => plan.role === 'control-plane')?.plan.name ?? 'istiod',
    });
  });
  server.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => {});
    session.once('close', () => sessions.delete(session));
  });
  server.on('error', onBug);
  server.on('stream', (stream, headers) => {
    void serveGrpc(stream, headers, { handle: async (call) => (await service())(call), onBug });
  });
}

function onFirstUse<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

async function listen(server: Server, path: string): Promise<void> {
  await once(server.listen(path), 'listening');
}

async function answer({ response, url }: Asked, pages: DebugPages): Promise<void> {
  // istioctl asks for `//version`.
  switch (url.pathname.replace(/^\/+/, '/')) {
    case '/version':
      return sendText(response, `${istioVersion}-mesh101-Clean`);
    case '/ready':
    case '/healthz/ready':
      return sendText(response, 'ok');
    case '/metrics':
      return sendText(response, await metrics(pages));
    case '/debug':
    case '/debug/':
      return sendText(
        response,
        Object.entries(pages.index)
          .map(([path, help]) => `${path}: ${help}\n`)
          .join(''),
      );
    default:
      return sendPage(response, url, pages);
  }
}

async function sendPage(response: ServerResponse, url: URL, pages: DebugPages): Promise<void> {
  try {
    const content = await pages.read(`${url.pathname}${url.search}`);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(`${JSON.stringify(content, null, 2)}\n`);
  } catch (error) {
    if (!(error instanceof NoSuchPage)) throw error;
    response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' });
    response.end(`${error.message}\n`);
  }
}

function sendText(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(text);
}

/** Those of istiod's own that have a meaning here. */
async function metrics(pages: DebugPages): Promise<string> {
  const statuses = pages.statuses();
  const stale = statuses.filter(({ types }) => types.some(({ status }) => status === 'STALE'));
  return [
    '# TYPE istio_build gauge',
    `istio_build{component="pilot",tag="${istioVersion}"} 1`,
    '# HELP pilot_xds The Envoys that are connected.',
    '# TYPE pilot_xds gauge',
    `pilot_xds{version="${istioVersion}"} ${statuses.length}`,
    '# HELP mesh101_proxies_stale The Envoys that do not use their newest configuration yet.',
    '# TYPE mesh101_proxies_stale gauge',
    `mesh101_proxies_stale ${stale.length}`,
    '',
  ].join('\n');
}
