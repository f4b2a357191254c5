import type { ZipkinCollector } from '#mesh/envoy/zipkin-collector.ts';

/** Where the mesh's spans go: the embedded collector, nowhere, a server that is named, or one that is found. */
export type TracesTarget = 'embedded' | 'none' | 'found' | ZipkinCollector;

/** What was named cannot take spans; the message says why and what to do. */
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
  if (!url || url.hostname === '') throw refuse('is no URL');
  if (url.protocol !== 'http:')
    throw refuse('is not plain HTTP, which is all that is spoken to a trace collector');
  return {
    host: url.hostname,
    port: Number(url.port || 80),
    path: url.pathname === '/' ? zipkinPath : url.pathname,
  };
}
