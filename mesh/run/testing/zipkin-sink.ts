import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** A span as Envoy sends it (https://zipkin.io/zipkin-api/, v2). */
export interface SunkSpan {
  readonly traceId: string;
  readonly id: string;
  readonly parentId?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly timestamp: number;
  readonly localEndpoint: { readonly serviceName?: string };
  readonly tags?: Readonly<Record<string, string>>;
}

export interface ZipkinSink {
  readonly url: string;
  readonly spans: readonly SunkSpan[];
  close(): void;
}

/** A server that keeps every span it is sent. */
export async function startZipkinSink(): Promise<ZipkinSink> {
  const spans: SunkSpan[] = [];
  const server = createServer((request, response) => {
    const done = () => response.writeHead(202).end();
    json(request).then((body) => {
      if (Array.isArray(body)) spans.push(...(body as SunkSpan[]));
      done();
      // A request without a body asks whether anybody is here.
    }, done);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/api/v2/spans`,
    spans,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
