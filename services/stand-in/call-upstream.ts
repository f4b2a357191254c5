import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect, type IncomingHttpHeaders } from 'node:http2';
import { text } from 'node:stream/consumers';
import { framed } from '#platform/grpc/messages.ts';
import { request as httpRequest } from '#platform/node-http.ts';

export interface UpstreamAnswer {
  readonly url: string;
  /** For gRPC the status of HTTP, which is 200 whatever the gRPC status says. */
  readonly status: number;
  readonly grpcStatus?: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Why there is no answer; then the status is 502. */
  readonly error?: string;
}

export interface UpstreamCall {
  /** `http://host:port/path` or `grpc://host:port[/package.Service/Method]`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Of HTTP; GET. */
  readonly method?: string;
  readonly body?: string;
  /** The container's: `HTTP_PROXY` leads into its sidecar. */
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds. */
  readonly timeout?: number;
}

/** Calls another service as the container's own program would: through its sidecar. Never rejects. */
export async function callUpstream(call: UpstreamCall): Promise<UpstreamAnswer> {
  const signal = AbortSignal.timeout(call.timeout ?? 30_000);
  try {
    return await (call.url.startsWith('grpc:') ? callGrpc(call, signal) : callHttp(call, signal));
  } catch (error) {
    const reason = signal.aborted ? 'no answer in time' : (error as Error).message;
    return { url: call.url, status: 502, headers: {}, body: '', error: reason };
  }
}

async function callHttp(call: UpstreamCall, signal: AbortSignal): Promise<UpstreamAnswer> {
  const { url, method = 'GET', headers, body: sent, env } = call;
  const target = new URL(url);
  const proxy = URL.parse(env['HTTP_PROXY'] ?? '');
  const where = proxy
    ? { host: proxy.hostname, port: proxy.port, path: target.href }
    : { host: target.hostname, port: target.port || 80, path: `${target.pathname}${target.search}` };
  const outgoing = httpRequest({
    ...{ ...where, method },
    headers: { ...headers, host: target.host },
    agent: false,
    signal,
  });
  outgoing.end(sent);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const body = await text(response);
  return { url, status: response.statusCode ?? 0, headers: response.headers, body };
}

/** The sidecar's port for HTTP takes h2c as well, by the authority of a request. */
async function callGrpc({ url, headers, env }: UpstreamCall, signal: AbortSignal): Promise<UpstreamAnswer> {
  const target = new URL(url.replace(/^grpc:/, 'http:'));
  const path = target.pathname === '/' ? '/mesh101.standin.v1.Echo/Echo' : target.pathname;
  const session = connect(env['HTTP_PROXY'] ?? target.origin);
  try {
    const stream = session.request(
      {
        ...headers,
        ':method': 'POST',
        ':path': path,
        ':authority': target.host,
        ...{ 'content-type': 'application/grpc', te: 'trailers' },
      },
      { signal },
    );
    const failed = once(session, 'error', { signal }).then(([error]) => Promise.reject(error as Error));
    failed.catch(() => {});
    let trailers: IncomingHttpHeaders = {};
    stream.on('trailers', (received) => (trailers = received));
    stream.end(framed(new Uint8Array(0)));
    const [answered] = (await Promise.race([once(stream, 'response'), failed])) as [IncomingHttpHeaders];
    const body = await text(stream);
    const status = Number(answered[':status']);
    const code = Number(trailers['grpc-status'] ?? answered['grpc-status'] ?? 2);
    return {
      url,
      status,
      grpcStatus: code,
      headers: answered,
      body: Buffer.from(body).subarray(5).toString(),
    };
  } finally {
    session.close();
  }
}
