import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Console } from '#mesh/console/console.ts';
import type { StandIn } from '#mesh/istiod/model/mesh.ts';
import type { GatewayPorts } from '#mesh/kubelet/ports/gateway-ports.ts';
import type { AdminPages } from '#mesh/run/admin/admin-pages.ts';
import { ControlError } from '#mesh/run/api.ts';
import type { FileApplier } from '#mesh/run/apply/apply-files.ts';
import type { LocalMesh } from '#mesh/run/apply/local-mesh.ts';
import type { MeshMetrics } from '#mesh/run/metrics/serve-metrics.ts';
import type { Tracing } from '#mesh/run/traces/tracing.ts';
import { type Asked, createHttpServer } from '#mesh/serve/http-server.ts';

export interface ControlRequest {
  /** From the path's `:name` parts, decoded. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The JSON of a POST. */
  readonly body: unknown;
  readonly response: ServerResponse;
}

/** Returns the JSON to answer with, or undefined when it answered by itself. */
export type ControlHandler = (request: ControlRequest) => Promise<unknown> | unknown;

/** From `METHOD /path/:parameter` to what answers it. */
export type RouteTable = Readonly<Record<string, ControlHandler>>;

export function createControlServer(table: RouteTable, onBug: (error: unknown) => void): Server {
  const routes = Object.entries(table).map(([route, handler]) => {
    const [method = '', pathname = ''] = route.split(' ');
    return { method, pattern: new URLPattern({ pathname }), handler };
  });

  async function answer({ request, response, url }: Asked): Promise<void> {
    for (const { method, pattern, handler } of routes) {
      const match = method === request.method ? pattern.exec(url) : null;
      if (match) {
        const body = method === 'POST' ? await bodyOf(request) : undefined;
        const path = decoded(match.pathname.groups);
        const result = await handler({ path, query: url.searchParams, body, response });
        return result === undefined ? undefined : sendJson(response, result);
      }
    }
    throw new ControlError(404, `there is no ${request.method} ${url.pathname}`);
  }

  return createHttpServer({
    onBug,
    refuse: (response, { status, message }) => sendJson(response, { error: message }, status),
    async handle(asked) {
      try {
        await answer(asked);
      } catch (error) {
        if (!(error instanceof ControlError)) onBug(error);
        const status = error instanceof ControlError ? error.status : 500;
        sendJson(asked.response, { error: (error as Error).message }, status);
      }
    },
  });
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const body = await text(request);
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new ControlError(400, `the body is not JSON: ${(error as Error).message}`);
  }
}

function decoded(groups: Readonly<Record<string, string | undefined>>): Record<string, string> {
  try {
    return Object.fromEntries(
      Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value ?? '')]),
    );
  } catch {
    throw new ControlError(400, 'the path is not encoded as a URL');
  }
}

/** Diagnostics with an error are an answer that says no: 422. */
export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  if (response.headersSent) {
    response.end();
    return;
  }
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

export interface ControlContext {
  readonly mesh: LocalMesh;
  readonly files: FileApplier;
  readonly gatewayPorts: GatewayPorts;
  readonly standIns: readonly StandIn[];
  readonly metrics: MeshMetrics;
  readonly admin: AdminPages;
  readonly console: Console;
  readonly tracing?: Tracing;
  /** Resolves when every process has ended. */
  readonly shutdown: () => Promise<void>;
}

export interface NamedPod {
  readonly namespace: string;
  readonly name: string;
}

export function noSuchPod({ name, namespace }: NamedPod): ControlError {
  return new ControlError(404, `pods "${name}" not found in namespace ${namespace}`);
}
