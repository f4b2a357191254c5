import type { Invocation } from '#mesh/cli/context.ts';
import { entryProxy, formatExplanation } from '#mesh/cli/lifecycle/explanation-text.ts';
import { formatJson } from '#mesh/cli/output/output.ts';
import { CommandFailure, type NamespaceFlags, namespaceOf } from '#mesh/cli/usage-error.ts';
import { explain as explainRequest } from '#mesh/istiod/explain/explain.ts';
import { gatewayAt } from '#mesh/istiod/explain/gateway-called.ts';
import { requestFor, type SimulatedRequest } from '#mesh/istiod/explain/request.ts';

export interface ExplainFlags extends NamespaceFlags {
  readonly header?: readonly string[];
  readonly from?: string;
  readonly output?: string;
}

/** `mesh explain [METHOD] URL`: the way that a request would go. */
export async function explain({ context, operands, options }: Invocation<ExplainFlags>): Promise<number> {
  const request = parseRequest(operands, options.header ?? []);
  const client = await context.connect();
  const mesh = await client.mesh();
  const isLocal = request.host === 'localhost' || request.host === '127.0.0.1';
  const addressed = gatewayAt(request.host, mesh.gateways);
  const from = options.from ?? addressed?.name ?? (isLocal ? 'gateway' : undefined);
  const proxy = entryProxy(mesh, { from, namespace: namespaceOf(options) });
  const explanation = explainRequest({ mesh, proxy, request: withHostHeader(request) });
  const text = options.output === 'json' ? formatJson(explanation) : formatExplanation(request, explanation);
  context.stdout.write(text);
  return 0;
}

function parseRequest(operands: readonly string[], headers: readonly string[]): SimulatedRequest {
  const [first = '', second] = operands;
  const [method, url] = second === undefined ? ['GET', first] : [first.toUpperCase(), second];
  const absolute = url.includes('://') ? url : `http://${url}`;
  if (!URL.canParse(absolute)) throw new CommandFailure(`error: "${url}" is not a URL`);
  return requestFor(absolute, { method, headers: Object.fromEntries(headers.map(parseHeader)) });
}

function parseHeader(header: string): readonly [string, string] {
  const colon = header.indexOf(':');
  if (colon < 1) throw new CommandFailure(`error: "${header}" is not a header; write -H 'name: value'`);
  return [header.slice(0, colon).trim(), header.slice(colon + 1).trim()];
}

/** As with curl, a Host header decides the virtual host, while the URL decides where the request is sent. */
function withHostHeader(request: SimulatedRequest): SimulatedRequest {
  const { host, ...headers } = request.headers;
  return host ? { ...request, host: host.replace(/:\d+$/, ''), authority: host, headers } : request;
}
