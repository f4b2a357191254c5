import type { ZipkinCollector } from '#mesh/istiod/envoy/scope.ts';
import { serverName } from '#mesh/telemetry/traces/server/answer.ts';

/** Where the mesh's spans go: the embedded collector, nowhere, a server that is named, or one that is found. */
export type TracesTarget = 'embedded' | 'none' | 'found' | ZipkinCollector;

/** The named target cannot take spans; the message says why and what to do. */
export class TracesTargetError extends Error {
  override readonly name = 'TracesTargetError';
}

const zipkinPath = '/api/v2/spans';

/**
 * Reads `--traces-to`, else the variables: TRACES_PORT asks for the embedded collector, ZIPKIN_URL names another. Without
 * all of them, a server is looked for.
 * @throws TracesTargetError
 */
export function tracesTarget(flag: string | undefined, env: NodeJS.ProcessEnv): TracesTarget {
  if (flag === 'embedded' || flag === 'none') return flag;
  if (flag) return collectorAt(flag, '--traces-to');
  if (env['TRACES_PORT']) return 'embedded';
  return env['ZIPKIN_URL'] ? collectorAt(env['ZIPKIN_URL'], 'ZIPKIN_URL') : 'found';
}

function collectorAt(text: string, source: string): ZipkinCollector {
  const url = URL.parse(text);
  const refuse = (reason: string) =>
    new TracesTargetError(`${source}=${text} ${reason}; give one like http://127.0.0.1:9411`);
  if (!url || url.hostname === '') throw refuse('is not a URL');
  if (url.protocol !== 'http:')
    throw refuse('is not plain HTTP, and the mesh speaks nothing else to trace collectors');
  return {
    host: url.hostname,
    port: Number(url.port || 80),
    path: url.pathname === '/' ? zipkinPath : url.pathname,
  };
}

/** Milliseconds; a server on this machine answers at once. */
const patience = 2000;

/** What a server does with spans: it takes them, it is another mesh's collector, or why it does not. */
export type Probe = 'takes spans' | 'another mesh' | { readonly reason: string };

/** Sends an empty list of spans, which Zipkin and Jaeger take alike. */
export async function probeCollector(collector: ZipkinCollector): Promise<Probe> {
  try {
    const response = await fetch(spansUrl(collector), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '[]',
      signal: AbortSignal.timeout(patience),
    });
    await response.arrayBuffer();
    if (response.headers.get('server') === serverName) return 'another mesh';
    return response.ok ? 'takes spans' : { reason: `it answers ${response.status}` };
  } catch (error) {
    const { cause, message } = error as Error;
    return { reason: cause instanceof Error && cause.message ? cause.message : message };
  }
}

export function spansUrl({ host, port, path }: ZipkinCollector): string {
  return `http://${host}:${port}${path}`;
}

/** The page on which a person reads the traces, when the server is a Zipkin; a Jaeger has its own at another port. */
export async function pageOf({ host, port }: ZipkinCollector): Promise<{ name: string; url: string }> {
  const origin = `http://${host}:${port}`;
  if (await answers(`${origin}/api/v2/services`)) return { name: 'Zipkin', url: `${origin}/zipkin/` };
  const jaeger = `http://${host}:16686`;
  if (await answers(`${jaeger}/api/services`)) return { name: 'Jaeger', url: jaeger };
  return { name: 'sent to', url: origin };
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(patience) });
    await response.arrayBuffer();
    return response.ok && (response.headers.get('content-type') ?? '').includes('json');
  } catch {
    return false;
  }
}

/**
 * The embedded collector's port: the variable TRACES_PORT, 0 for any free port, undefined for the usual
 * ones.
 */
export function tracesPortOf(env: NodeJS.ProcessEnv): number | undefined {
  const text = env['TRACES_PORT'];
  if (!text) return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new TracesTargetError(
    `TRACES_PORT=${text} is not a port: give a number from 1 to 65535, or 0 for a free one`,
  );
}
