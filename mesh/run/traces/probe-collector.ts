import type { ZipkinCollector } from '#mesh/envoy/zipkin-collector.ts';
import { serverName } from '#mesh/traces/server/server-name.ts';

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
